-- A bulk export: what was asked, how far it is. The state it shows is that at transaction_time.
CREATE TABLE export_job (
  id uuid PRIMARY KEY,
  -- who asked, and for whom files are
  organization_id text NOT NULL,
  caller_kind text NOT NULL,
  -- the address that was asked, and what it means: level, types, since, elements
  request text NOT NULL,
  wanted json NOT NULL,
  -- the patients whose records are wanted; NULL: of all
  patients text[],
  status text NOT NULL CHECK (status IN ('accepted', 'complete', 'failed')),
  -- the next row to read: type, slice of the patients, id after which; NULL: not begun
  position json,
  exported int NOT NULL DEFAULT 0,
  faults int NOT NULL DEFAULT 0,
  transaction_time timestamptz NOT NULL,
  finished_at timestamptz,
  expires_at timestamptz
);
CREATE INDEX export_job_open ON export_job (organization_id) WHERE status = 'accepted';
CREATE INDEX export_job_expiry ON export_job (expires_at) WHERE expires_at IS NOT NULL;

-- What an export found, as lines of NDJSON; a file is a number of chunks in order.
CREATE TABLE export_chunk (
  job_id uuid NOT NULL REFERENCES export_job (id) ON DELETE CASCADE,
  kind text NOT NULL CHECK (kind IN ('output', 'deleted')),
  type text NOT NULL,
  seq int NOT NULL,
  lines int NOT NULL,
  body text NOT NULL,
  PRIMARY KEY (job_id, kind, type, seq)
);
