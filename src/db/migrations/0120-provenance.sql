-- How far Provenances were made of the audit: what partners changed up to this entry has one. It goes no further than the
-- seals do, since later entries may still come in between. One row. It begins where the last seal ends: what partners
-- changed before is in the audit alone.
CREATE TABLE provenance_head (
  singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
  last_id bigint NOT NULL
);
INSERT INTO provenance_head (last_id) SELECT last_id FROM audit_head;

-- What a transaction says itself of where it comes from is found by its moment; few do.
CREATE INDEX audit_provenance ON audit (recorded_at) WHERE resource_type = 'Provenance';
