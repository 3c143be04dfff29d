-- Whether this store was made for a demo, in which links sign people in. Said when it is made, before anything is in it, or never.
CREATE TABLE demo_store (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton)
);

CREATE FUNCTION only_an_empty_store() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT FROM resource) OR EXISTS (SELECT FROM resource_history) OR EXISTS (SELECT FROM person) THEN
    RAISE EXCEPTION 'only an empty store can become that of a demo' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER only_empty BEFORE INSERT ON demo_store FOR EACH ROW EXECUTE FUNCTION only_an_empty_store();

-- Links that sign somebody in; each is good once. Only digests: a link is told once.
CREATE TABLE sign_in_link (
  digest bytea PRIMARY KEY,
  person_id uuid NOT NULL REFERENCES person (id),
  expires_at timestamptz NOT NULL
);

CREATE FUNCTION only_in_a_demo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM demo_store) THEN
    RAISE EXCEPTION 'links sign people in only in the store of a demo' USING ERRCODE = 'restrict_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER only_in_a_demo BEFORE INSERT ON sign_in_link FOR EACH ROW EXECUTE FUNCTION only_in_a_demo();
