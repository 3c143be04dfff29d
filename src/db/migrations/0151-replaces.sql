-- The loop that a loop takes the place of: what it asks was asked before, and that has ended.
ALTER TABLE loop ADD COLUMN replaces text;
CREATE INDEX loop_replaces ON loop (replaces) WHERE replaces IS NOT NULL;

-- That nobody may reach out to the client for it, on any way.
ALTER TABLE loop ADD COLUMN contact_prohibited boolean NOT NULL DEFAULT false;
UPDATE loop SET contact_prohibited = true FROM resource request
WHERE request.type = 'ServiceRequest' AND loop.service_request = 'ServiceRequest/' || request.id
  AND (request.content -> 'orderDetail')::jsonb @> '[{"coding": [{"code": "contacting-subject-prohibited"}]}]';
