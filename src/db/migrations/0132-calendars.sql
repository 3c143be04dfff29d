-- When organizations work. NULL: it has said so no more, and works when the hub does.
CREATE TABLE calendar (
  organization_id text PRIMARY KEY,
  content jsonb,
  -- counted over all calendars: a later change has a higher one
  version int NOT NULL,
  set_at timestamptz NOT NULL,
  set_by_org text NOT NULL,
  set_by_client text,
  -- whether every open loop that goes by it is known to
  applied boolean NOT NULL DEFAULT false
);
CREATE SEQUENCE calendar_version AS int;
CREATE INDEX calendar_to_apply ON calendar (version) WHERE NOT applied;

-- The highest version of the calendars that an open loop was projected by.
ALTER TABLE loop ADD COLUMN calendars int NOT NULL DEFAULT 0;
CREATE INDEX loop_open_calendars ON loop (calendars, id) WHERE state = 'open';
