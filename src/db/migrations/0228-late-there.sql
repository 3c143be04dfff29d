-- What has ended is asked for rarely, until then: an outcome may come late, or be corrected. NULL: it has not ended, or is asked for no more.
ALTER TABLE counterpart ADD COLUMN late_until timestamptz;
CREATE INDEX counterpart_late ON counterpart (organization_id) WHERE late_until IS NOT NULL;

-- What has ended lately is asked for, too.
UPDATE counterpart c SET late_until = loop.closed_at + interval '30 days' FROM loop
  WHERE loop.id = c.loop_id AND c.type = 'Task' AND NOT c.watched AND loop.closed_at > now() - interval '30 days';
UPDATE fetching SET at = now() WHERE at IS NULL
  AND EXISTS (SELECT 1 FROM counterpart c WHERE c.organization_id = fetching.organization_id AND c.late_until IS NOT NULL);
