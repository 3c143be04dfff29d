-- An entry is found by its place, by its moment, and by whatever it names: a resource, whose record that is, for the sake of
-- what, by which person, under which emergency access. One index over all names stands for six over one of them each, most
-- of which are empty most of the time; what is new in it is gathered before it is put in its place (ADR 0071). The limit is
-- of what a search reads through beside the index.
CREATE INDEX audit_names ON audit
  USING gin (array_remove(ARRAY[resource_id, patient, basis, person_id, break_glass], NULL))
  WITH (fastupdate = on, gin_pending_list_limit = 1024);
DROP INDEX audit_patient_time;
DROP INDEX audit_resource_id;
DROP INDEX audit_basis;
DROP INDEX audit_person;
DROP INDEX audit_break_glass;
DROP INDEX audit_door;
-- Read anew for every statement that writes an entry; `Door` (src/fhir/caller.ts) says what there is.
ALTER TABLE audit DROP CONSTRAINT audit_door_check;
