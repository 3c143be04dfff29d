-- How many requests somebody has sent within a span of time, over all processes: added to every second or so. Lost in a
-- crash, which forgives.
CREATE UNLOGGED TABLE rate_count (
  -- the limit it is held against, e.g. 'program-minute'
  name text COLLATE "C" NOT NULL,
  -- a program, a person, an address
  who text COLLATE "C" NOT NULL,
  ends_at timestamptz NOT NULL,
  count int NOT NULL,
  PRIMARY KEY (name, who, ends_at)
);
