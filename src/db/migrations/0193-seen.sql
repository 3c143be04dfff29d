-- When somebody of its recipient first read here what a message to it speaks of: the Task that asks it.
ALTER TABLE delivery ADD COLUMN read_at timestamptz;

-- What the hub says on the Tasks of open loops (meta.extension next-step, businessStatus) is written when they are projected
-- anew: as the workers start.
UPDATE loop SET policies = '' WHERE state = 'open';
