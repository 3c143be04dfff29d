-- Audit entries are read and searched as AuditEvents: whose record it was, and in the order of time.
ALTER TABLE audit ADD COLUMN patient text;
UPDATE audit SET patient = resource_id WHERE resource_type = 'Patient';
CREATE INDEX audit_recent ON audit (recorded_at, id);
CREATE INDEX audit_patient ON audit (patient, recorded_at, id) WHERE patient IS NOT NULL;
