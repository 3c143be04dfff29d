-- FHIR resources as they stand, with what searches need beside them.
CREATE TABLE resource (
  type text NOT NULL,
  id text NOT NULL,
  version int NOT NULL,
  last_updated timestamptz NOT NULL,
  deleted boolean NOT NULL DEFAULT false,
  -- the resource as JSON; NULL when deleted
  content json,
  -- search index of token, reference and uri parameters, e.g. 'Task.status=requested'
  tokens text[] NOT NULL DEFAULT '{}',
  -- the organization that wrote it first, and those it is shared with: the clause every query carries
  author_org text,
  readers text[] NOT NULL DEFAULT '{}',
  PRIMARY KEY (type, id)
);
CREATE INDEX resource_tokens ON resource USING gin (tokens) WITH (fastupdate = off);
CREATE INDEX resource_recent ON resource (type, last_updated, id);

-- Every version of every resource, kept for ever.
CREATE TABLE resource_history (
  type text NOT NULL,
  id text NOT NULL,
  version int NOT NULL,
  last_updated timestamptz NOT NULL,
  deleted boolean NOT NULL DEFAULT false,
  content json,
  author_org text,
  PRIMARY KEY (type, id, version)
);

-- Search index of date parameters: the period a value covers, both ends inclusive.
CREATE TABLE search_date (
  type text NOT NULL,
  id text NOT NULL,
  param text NOT NULL,
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL
);
CREATE INDEX search_date_range ON search_date (type, param, starts_at, ends_at, id);
CREATE INDEX search_date_owner ON search_date (type, id);

-- Search index of string parameters: lower case, accents removed, and as written.
CREATE TABLE search_string (
  type text NOT NULL,
  id text NOT NULL,
  param text NOT NULL,
  value text NOT NULL,
  exact text NOT NULL
);
CREATE INDEX search_string_prefix ON search_string (type, param, value text_pattern_ops, id);
CREATE INDEX search_string_owner ON search_string (type, id);

-- Who changed what, written in the transaction of the change.
CREATE TABLE audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  recorded_at timestamptz NOT NULL,
  action text NOT NULL,
  organization_id text,
  client_id text,
  request_id text,
  resource_type text NOT NULL,
  resource_id text NOT NULL,
  version int NOT NULL
);
CREATE INDEX audit_resource ON audit (resource_type, resource_id);

-- What must be done because of a change, written in the transaction of the change: ids and kinds only.
CREATE TABLE outbox (
  id uuid PRIMARY KEY,
  kind text NOT NULL,
  subject_id uuid NOT NULL,
  available_at timestamptz NOT NULL,
  -- when it was last handed to a worker, and how often
  relayed_at timestamptz,
  relays int NOT NULL DEFAULT 0
);
CREATE INDEX outbox_due ON outbox (available_at) WHERE relayed_at IS NULL;
CREATE INDEX outbox_relayed ON outbox (relayed_at) WHERE relayed_at IS NOT NULL;
CREATE INDEX outbox_subject ON outbox (subject_id);
