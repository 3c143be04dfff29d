-- Who may read what, and why: a row for each organization that a resource is shared with, for a Task of a loop. Rows are
-- ended, never removed. `resource.readers` follows from them: its author's organization and those of the open rows, or
-- '*' where everybody may read it.
CREATE TABLE share (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  type text COLLATE "C" NOT NULL,
  resource_id text COLLATE "C" NOT NULL,
  organization_id text NOT NULL,
  -- as what it is shared: the Task itself, the request, the client, the reason for it, supporting information, outcome …
  reason text NOT NULL,
  loop_id text NOT NULL,
  task_id text NOT NULL,
  granted_at timestamptz NOT NULL,
  -- when it is to end, where that is known
  ends_at timestamptz,
  ended_at timestamptz,
  end_reason text,
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
);
CREATE UNIQUE INDEX share_open ON share (type, resource_id, organization_id, reason, task_id) WHERE ended_at IS NULL;
CREATE INDEX share_task ON share (task_id);
CREATE INDEX share_due ON share (ends_at) WHERE ended_at IS NULL AND ends_at IS NOT NULL;

-- What the hub made of a referral is the hub's, whoever's message made it do so.
UPDATE resource SET author_org = 'careloop' WHERE NOT deleted AND author_org <> 'careloop' AND (
  (type = 'Task' AND content -> 'partOf' -> 0 IS NOT NULL)
  OR (type = 'ServiceRequest' AND content ->> 'intent' = 'filler-order' AND content -> 'requester' ->> 'reference' = 'Organization/careloop'));
UPDATE resource SET author_org = 'careloop' WHERE author_org IS NULL;

-- What loops have shared until now: with who is asked, and with who asked.
WITH asked AS (
  SELECT t.id AS task_id, coalesce(split_part(t.content -> 'partOf' -> 0 ->> 'reference', '/', 2), t.id) AS loop_id,
    t.content AS task, r.content AS request, r.id AS request_id, t.content ->> 'status' AS status, t.last_updated AS at,
    split_part(t.content -> 'owner' ->> 'reference', '/', 2) AS owner
  FROM resource t JOIN resource r ON r.type = 'ServiceRequest' AND 'ServiceRequest/' || r.id = t.content -> 'focus' ->> 'reference'
  WHERE t.type = 'Task' AND NOT t.deleted AND NOT r.deleted AND t.content ->> 'status' <> 'draft'
    AND t.tokens @> ARRAY['Task.code=http://hl7.org/fhir/CodeSystem/task-code|fulfill']),
sent AS (
  SELECT loop.id AS loop_id, loop.sender_org FROM loop),
shown AS (
  SELECT 'Task/' || task_id AS name, owner AS organization_id, 'task' AS reason, loop_id, task_id, at FROM asked
  UNION ALL SELECT 'ServiceRequest/' || request_id, owner, 'request', loop_id, task_id, at FROM asked
    WHERE status NOT IN ('rejected', 'cancelled', 'failed', 'entered-in-error')
  UNION ALL SELECT task -> 'for' ->> 'reference', owner, 'client', loop_id, task_id, at FROM asked
    WHERE status NOT IN ('rejected', 'cancelled', 'failed', 'entered-in-error')
  UNION ALL SELECT x ->> 'reference', owner, 'reason', loop_id, task_id, at FROM asked, json_array_elements(request -> 'reasonReference') x
    WHERE status NOT IN ('rejected', 'cancelled', 'failed', 'entered-in-error')
  UNION ALL SELECT x ->> 'reference', owner, 'supporting-information', loop_id, task_id, at FROM asked, json_array_elements(request -> 'supportingInfo') x
    WHERE status NOT IN ('rejected', 'cancelled', 'failed', 'entered-in-error')
  UNION ALL SELECT x -> 'valueReference' ->> 'reference', sender_org, 'outcome', loop_id, task_id, at
    FROM asked JOIN sent USING (loop_id), json_array_elements(task -> 'output') x WHERE owner <> 'careloop'
  UNION ALL SELECT 'Task/' || task_id, sender_org, 'task', loop_id, task_id, at FROM asked JOIN sent USING (loop_id) WHERE task_id = loop_id
  UNION ALL SELECT 'ServiceRequest/' || request_id, sender_org, 'request', loop_id, task_id, at FROM asked JOIN sent USING (loop_id) WHERE task_id = loop_id
  UNION ALL SELECT task -> 'for' ->> 'reference', sender_org, 'client', loop_id, task_id, at FROM asked JOIN sent USING (loop_id) WHERE task_id = loop_id)
INSERT INTO share (type, resource_id, organization_id, reason, loop_id, task_id, granted_at)
  SELECT r.type, r.id, s.organization_id, s.reason, s.loop_id, s.task_id, s.at
  FROM shown s JOIN resource r ON r.type = split_part(s.name, '/', 1) AND r.id = split_part(s.name, '/', 2)
  WHERE s.organization_id NOT IN ('', 'careloop', r.author_org)
  ON CONFLICT DO NOTHING;

UPDATE resource SET readers = CASE WHEN type IN (
    'Organization', 'OrganizationAffiliation', 'Location', 'HealthcareService', 'Practitioner', 'PractitionerRole', 'ActivityDefinition',
    'CapabilityStatement', 'ChargeItemDefinition', 'CodeSystem', 'CompartmentDefinition', 'ConceptMap', 'EventDefinition', 'GraphDefinition',
    'ImplementationGuide', 'Library', 'Measure', 'MessageDefinition', 'NamingSystem', 'ObservationDefinition', 'OperationDefinition',
    'PlanDefinition', 'Questionnaire', 'SearchParameter', 'SpecimenDefinition', 'StructureDefinition', 'StructureMap',
    'TerminologyCapabilities', 'ValueSet') THEN ARRAY['*']
  ELSE ARRAY(SELECT resource.author_org UNION SELECT s.organization_id FROM share s
    WHERE s.type = resource.type AND s.resource_id = resource.id) END;
-- The keys by which an organization finds what it may read.
UPDATE resource SET tokens = tokens || ARRAY(SELECT type || '._reader=' || reader FROM unnest(readers) AS reader)
  WHERE NOT deleted AND readers <> ARRAY['*'];
