-- Whether what could not be taken was said of the Task itself, or done for it: then somebody here must act. A message beside it
-- holds up nothing; nor does what was found before, until it is found anew.
ALTER TABLE fetch_finding ADD COLUMN of_task boolean NOT NULL DEFAULT false;
