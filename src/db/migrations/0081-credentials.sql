-- What the hub presents to the server of an Endpoint: how, for which server, since when and by whom. The credential itself
-- is a secret ('credential').
CREATE TABLE endpoint_credential (
  endpoint_id text COLLATE "C" PRIMARY KEY,
  kind text NOT NULL,
  -- scheme, host and port: it is presented there and nowhere else
  origin text NOT NULL,
  set_at timestamptz NOT NULL,
  organization_id text NOT NULL,
  client_id text
);

-- The hub's own keys, by which it signs in to the servers of partners. The private half is a secret ('signing-key').
CREATE TABLE signing_key (
  kid text COLLATE "C" PRIMARY KEY,
  public_key json NOT NULL,
  created_at timestamptz NOT NULL
);
