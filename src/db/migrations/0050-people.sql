-- People who sign in. A person has one organization and the roles it has there.
CREATE TABLE person (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  email text NOT NULL,
  -- as it is compared: in small letters
  email_key text NOT NULL UNIQUE,
  organization_id text NOT NULL,
  roles text[] NOT NULL CHECK (cardinality(roles) > 0),
  -- whose record a client may see: the id of a Patient
  patient_id text,
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  -- scrypt, with its parameters and salt; NULL: none was chosen yet
  password text,
  -- whether it has a second factor: its secret is among those that are sealed
  second_factor boolean NOT NULL DEFAULT false,
  -- the step of time of the last code that was used: none is good twice
  second_factor_step bigint,
  CHECK (('client' = ANY (roles)) = (patient_id IS NOT NULL))
);
CREATE INDEX person_organization ON person (organization_id);

-- What stands in for a second factor that was lost; each is good once. SHA-256 of 80 random bits.
CREATE TABLE recovery_code (
  person_id uuid NOT NULL REFERENCES person (id),
  digest bytea NOT NULL,
  PRIMARY KEY (person_id, digest)
);

-- Links by which a person chooses a password. Only digests: a link is told once.
CREATE TABLE invitation (
  digest bytea PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person (id),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL
);
CREATE INDEX invitation_person ON invitation (person_id);

-- The link of the last start, by which a hub without people gets its first one.
CREATE TABLE set_up_link (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  digest bytea NOT NULL,
  created_at timestamptz NOT NULL
);

-- Who is signed in where. Rows are ended, and removed some time after.
CREATE TABLE session (
  id uuid PRIMARY KEY,
  -- SHA-256 of what the browser keeps: 256 random bits
  digest bytea NOT NULL UNIQUE,
  person_id uuid NOT NULL REFERENCES person (id),
  -- password, set-up, invitation, link, oidc:<provider> …
  how text NOT NULL,
  -- whether a second factor was shown
  second_factor boolean NOT NULL,
  -- a browser and a system, in two words
  user_agent text NOT NULL,
  created_at timestamptz NOT NULL,
  -- to the minute
  used_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  ended_at timestamptz
);
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_end ON session (ends_at);

-- Tries to sign in that failed, or are under way, by a digest of what is counted: an account from an address, an account,
-- an address. Nobody is locked out for good: after a while they are forgotten.
CREATE TABLE sign_in_tries (
  key bytea PRIMARY KEY,
  times int NOT NULL,
  last_at timestamptz NOT NULL,
  waits_until timestamptz NOT NULL
);
CREATE INDEX sign_in_tries_last ON sign_in_tries (last_at);

-- Who has looked at what is not for their role, for how long, and why. Supervisors are told, and say that they have seen it.
CREATE TABLE break_glass (
  id uuid PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person (id),
  reason text NOT NULL,
  started_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  ended_at timestamptz,
  seen_at timestamptz,
  seen_by uuid REFERENCES person (id)
);
CREATE INDEX break_glass_person ON break_glass (person_id, ends_at);
CREATE INDEX break_glass_unseen ON break_glass (started_at) WHERE seen_at IS NULL;

-- Whoever ends a session, by whichever door, is heard by every process that has a stream open for it.
CREATE TRIGGER session_ended AFTER UPDATE OF ended_at OR DELETE ON session
  FOR EACH STATEMENT EXECUTE FUNCTION announce_revocation();
