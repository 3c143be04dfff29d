-- Audit entries are sealed in order of their ids, some at a time, each seal with the hash of the one before it.
CREATE TABLE audit_seal (
  number bigint PRIMARY KEY,
  sealed_at timestamptz NOT NULL,
  -- the entries with ids above the one and up to the other; ids that are missing in between can never be given again
  after_id bigint NOT NULL,
  last_id bigint NOT NULL,
  entries int NOT NULL,
  -- of each entry its id (8 bytes) and the start of its digest (8 bytes): they tell which entry is not as it was
  marks bytea NOT NULL,
  -- SHA-256 of the digests of all entries, in order
  content bytea NOT NULL,
  -- the hash of the seal before, and of this one
  previous bytea NOT NULL,
  hash bytea NOT NULL
);

-- The last seal: without it nobody could tell that seals are missing at the end. One row.
CREATE TABLE audit_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  number bigint NOT NULL,
  last_id bigint NOT NULL,
  hash bytea NOT NULL
);
-- No id is below the first entries': one that is would be in the first seal.
INSERT INTO audit_head (number, last_id, hash) VALUES (0, -9223372036854775808, '');

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only: its rows are never changed and never removed', TG_TABLE_NAME USING ERRCODE = 'CL002';
END;
$$;

CREATE FUNCTION next_head_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.number <> OLD.number + 1 OR NEW.last_id <= OLD.last_id THEN
    RAISE EXCEPTION 'audit_head only goes on to the next seal' USING ERRCODE = 'CL002';
  END IF;
  RETURN NEW;
END;
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_seal FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER stays BEFORE DELETE OR TRUNCATE ON audit_head FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER goes_on BEFORE UPDATE ON audit_head FOR EACH ROW EXECUTE FUNCTION next_head_only();
-- Also where triggers are left out, as replication does.
ALTER TABLE audit ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit_seal ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit_head ENABLE ALWAYS TRIGGER stays;
ALTER TABLE audit_head ENABLE ALWAYS TRIGGER goes_on;
-- Nobody but the owner has these anyway, unless somebody grants them.
REVOKE UPDATE, DELETE, TRUNCATE ON audit, audit_seal FROM PUBLIC;
