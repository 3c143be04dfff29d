-- Programs that sign in with keys of their own: the keys as they were registered, or the address they are published at.
ALTER TABLE client ADD COLUMN jwks json;
ALTER TABLE client ADD COLUMN jwks_uri text;
-- What its tokens may hold at most, as SMART scopes; NULL: everything (a program registered for a trial, without keys).
ALTER TABLE client ADD COLUMN scopes text[];
ALTER TABLE client ADD COLUMN revoked_at timestamptz;
ALTER TABLE client ADD CONSTRAINT client_keys CHECK (jwks IS NULL OR jwks_uri IS NULL);
ALTER TABLE client ADD CONSTRAINT client_scopes CHECK (scopes IS NOT NULL OR (jwks IS NULL AND jwks_uri IS NULL));

-- What a token was given for; NULL: all that its client may.
ALTER TABLE access_token ADD COLUMN scopes text[];
CREATE INDEX access_token_client ON access_token (client_id);
CREATE INDEX access_token_expiry ON access_token (expires_at);

-- Assertions that were used, until they expire: none is good twice, whichever process it comes to.
CREATE TABLE used_assertion (
  client_id uuid NOT NULL REFERENCES client (id),
  -- SHA-256 of its jti
  digest bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (client_id, digest)
);
CREATE INDEX used_assertion_expiry ON used_assertion (expires_at);

-- Who was refused a token, and why. Whoever tries again and again is counted by the minute: anybody can ask.
CREATE TABLE token_denial (
  minute timestamptz NOT NULL,
  -- NULL: no registered one
  client_id uuid REFERENCES client (id),
  reason text NOT NULL,
  times int NOT NULL DEFAULT 1,
  -- of the last request
  request_id text,
  UNIQUE NULLS NOT DISTINCT (minute, client_id, reason)
);

-- Whoever revokes, by whichever door, is heard by every process that remembers tokens.
CREATE FUNCTION announce_revocation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('careloop_revoked', '');
  RETURN NULL;
END;
$$;
CREATE TRIGGER access_token_revoked AFTER UPDATE OF revoked_at OR DELETE ON access_token
  FOR EACH STATEMENT EXECUTE FUNCTION announce_revocation();
CREATE TRIGGER client_revoked AFTER UPDATE OF revoked_at OR DELETE ON client
  FOR EACH STATEMENT EXECUTE FUNCTION announce_revocation();
