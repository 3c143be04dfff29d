-- Labels that a resource has only because of what it comes from: when they are taken off there, they go here too. What
-- was labelled before this table is not in it; of that, only what the hub made itself counts as labelled so.
CREATE TABLE label_carried (
  type text COLLATE "C" NOT NULL,
  resource_id text COLLATE "C" NOT NULL,
  label text NOT NULL,
  PRIMARY KEY (type, resource_id, label)
);

-- How far `careloop labels apply` is: it looks at the resources in the order of their types and ids, some at a time.
CREATE TABLE labels_applied (
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  begun_at timestamptz NOT NULL,
  after_type text COLLATE "C" NOT NULL DEFAULT '',
  after_id text COLLATE "C" NOT NULL DEFAULT '',
  looked_at bigint NOT NULL DEFAULT 0,
  labelled bigint NOT NULL DEFAULT 0,
  finished_at timestamptz
);
