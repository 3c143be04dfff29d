-- Identity providers (OpenID Connect) of organizations: their people sign in there. Client secrets are in `secret`.
CREATE TABLE identity_provider (
  -- stands in addresses
  id text PRIMARY KEY CHECK (id ~ '^[a-z0-9-]{1,40}$'),
  -- as people are shown it
  name text NOT NULL,
  issuer text NOT NULL,
  client_id text NOT NULL,
  -- whose people it knows: it signs in nobody else
  organization_id text NOT NULL,
  active boolean NOT NULL DEFAULT true,
  created_at timestamptz NOT NULL,
  UNIQUE (issuer, client_id)
);

-- Who of us is who there. What a provider calls somebody is theirs for ever; an e-mail address may go to another person.
CREATE TABLE person_identity (
  provider_id text NOT NULL REFERENCES identity_provider (id),
  subject text NOT NULL,
  person_id uuid NOT NULL REFERENCES person (id),
  created_at timestamptz NOT NULL,
  PRIMARY KEY (provider_id, subject),
  UNIQUE (provider_id, person_id)
);
