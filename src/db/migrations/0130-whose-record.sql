-- Whose record a resource is in: the id of a patient, '' where it is in nobody's, NULL where it was written before this
-- column. What reads it can record whose data it told of without looking into the content.
ALTER TABLE resource ADD COLUMN patient text;
