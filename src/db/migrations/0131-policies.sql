-- Of which programme a loop is; and under which policies of the hub (their digest) an open one was projected: '' of a closed one.
ALTER TABLE loop ADD COLUMN programme text;
ALTER TABLE loop ADD COLUMN policies text NOT NULL DEFAULT '';
CREATE INDEX loop_open_programme ON loop (programme, due, id) WHERE state = 'open' AND programme IS NOT NULL;
-- Those that are not projected under what holds now are found by what they are projected under.
CREATE INDEX loop_open_policies ON loop (policies, id) WHERE state = 'open';

-- What policies said, by their digests: rows are never changed.
CREATE TABLE policy (
  digest text PRIMARY KEY,
  content jsonb NOT NULL
);

-- Which policy applied to a loop, and from when; the first from when it began.
CREATE TABLE loop_policy (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  loop_id text NOT NULL,
  digest text NOT NULL,
  -- what people call it
  name text NOT NULL,
  at timestamptz NOT NULL
);
CREATE INDEX loop_policy_loop ON loop_policy (loop_id, id);

-- All policies that workers have started with, by their digest: the last one holds.
CREATE TABLE policy_start (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  digest text NOT NULL,
  at timestamptz NOT NULL
);
