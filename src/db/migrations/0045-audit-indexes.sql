-- Entries are found by whose record it was, by what it was, and by when; what has no resource is not found by one. Without
-- the id of the entry, those that are alike stand as one: several of a moment, or of one resource. Ids of resources are
-- told apart without their types.
CREATE INDEX audit_patient_time ON audit (patient, recorded_at) WHERE patient IS NOT NULL;
DROP INDEX audit_patient;
CREATE INDEX audit_time ON audit (recorded_at);
DROP INDEX audit_recent;
CREATE INDEX audit_resource_id ON audit (resource_id) WHERE resource_id IS NOT NULL;
DROP INDEX audit_resource;
-- An entry is also found by what it was for the sake of; few have that.
CREATE INDEX audit_basis ON audit (basis) WHERE basis IS NOT NULL;
