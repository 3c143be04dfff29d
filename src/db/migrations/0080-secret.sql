-- Secrets, each sealed by a key that is not in the database: see src/secrets.
CREATE TABLE secret (
  -- what it is, e.g. 'header'
  kind text COLLATE "C" NOT NULL,
  -- whose it is, e.g. 'Endpoint/12'; what is sealed is bound to both
  owner text COLLATE "C" NOT NULL,
  -- <key id>.<base64url of nonce, cipher text, tag>
  sealed text NOT NULL,
  key_id text NOT NULL GENERATED ALWAYS AS (split_part(sealed, '.', 1)) STORED,
  PRIMARY KEY (kind, owner)
);

-- Resources that hold the values of headers in plain text, in a version that stands or stood: they are sealed when a hub
-- with a key starts, and their rows go.
CREATE TABLE headers_to_seal AS
  SELECT DISTINCT type, id FROM resource_version
  WHERE (type = 'Endpoint' AND content->'header' IS NOT NULL)
     OR (type = 'Subscription' AND content->'channel'->'header' IS NOT NULL);
