-- The whole timeline of a loop: who made a step, since when something was withheld, and the shares of one loop.

-- who made the step here; NULL: a program did, or the hub
ALTER TABLE transition ADD COLUMN actor_person uuid REFERENCES person (id);

-- since when it was withheld at first; kept when it is permitted. NULL: it never was
ALTER TABLE share ADD COLUMN withheld_at timestamptz;
UPDATE share SET withheld_at = granted_at WHERE withheld IS NOT NULL;

CREATE INDEX share_loop ON share (loop_id);
