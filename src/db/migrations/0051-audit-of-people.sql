-- What a person does, it does for an organization: both stand in the audit. NULL: a program, or the hub itself.
ALTER TABLE audit
  ADD COLUMN person_id text,
  -- the roles it had, separated by spaces
  ADD COLUMN person_roles text,
  -- of what concerns an account: whose
  ADD COLUMN about_person text;
CREATE INDEX audit_person ON audit (person_id, id) WHERE person_id IS NOT NULL;
