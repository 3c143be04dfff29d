-- The history holds what was: the version that stands is in `resource` alone, and is moved here by the one after it. So a
-- resource that is new is written once.
ALTER TABLE resource_history RENAME TO resource_history_before;
ALTER INDEX resource_history_pkey RENAME TO resource_history_before_pkey;
DROP INDEX resource_history_recent;
CREATE TABLE resource_history (
  type text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  version int NOT NULL,
  last_updated timestamptz NOT NULL,
  deleted boolean NOT NULL DEFAULT false,
  content json,
  PRIMARY KEY (type, id, version)
);
INSERT INTO resource_history SELECT type, id, version, last_updated, deleted, content FROM resource_history_before h
  WHERE NOT EXISTS (SELECT 1 FROM resource r WHERE r.type = h.type AND r.id = h.id AND r.version = h.version);
DROP TABLE resource_history_before;
CREATE INDEX resource_history_recent ON resource_history (type, last_updated, id, version);

-- Every version of every resource, kept for ever.
CREATE VIEW resource_version AS
  SELECT type, id, version, last_updated, deleted, content FROM resource
  UNION ALL
  SELECT type, id, version, last_updated, deleted, content FROM resource_history;
