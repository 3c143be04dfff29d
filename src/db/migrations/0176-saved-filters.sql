-- Filters of the worklist that somebody has given a name: for its own eyes, or for its organization.
CREATE TABLE saved_filter (
  id uuid PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person (id),
  -- of the person when it was saved: for whom it is, where it is shared
  organization_id text NOT NULL,
  name text NOT NULL,
  -- as it stands in an address; a client's name never does
  filter jsonb NOT NULL,
  shared boolean NOT NULL,
  saved_at timestamptz NOT NULL
);
CREATE UNIQUE INDEX saved_filter_name ON saved_filter (person_id, lower(name));
CREATE INDEX saved_filter_shared ON saved_filter (organization_id) WHERE shared;
