-- Of what nobody did who is signed in: whether a command on the hub's machine did it, or the settings and files of its start. NULL: the API.
ALTER TABLE audit ADD COLUMN door text CHECK (door IN ('command-line', 'settings'));
CREATE INDEX audit_door ON audit (door, id) WHERE door IS NOT NULL;

-- What the hub was last started with: each setting and each kind of file by its name, with a digest. What it says is not kept.
CREATE TABLE configured (
  what text PRIMARY KEY,
  digest text NOT NULL,
  since timestamptz NOT NULL
);
