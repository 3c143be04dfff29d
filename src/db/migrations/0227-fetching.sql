-- What the hub and the server of a partner both have: put there by the hub, or taken from there.
CREATE TABLE counterpart (
  organization_id text NOT NULL,
  type text NOT NULL,
  -- its id here
  resource_id text NOT NULL,
  loop_id text NOT NULL,
  -- its address there; NULL: it is looked for by its identifier
  there text,
  -- what of it was last read there, as a digest; NULL: it was not read since the hub put it there
  digest text,
  -- of a Task: the status that was last known of it there
  status text,
  -- the hub has put it there, and what may be said of it there is waited for
  watched boolean NOT NULL DEFAULT false,
  -- it is to be read again, changed or not: something that belongs to it could not be had
  again boolean NOT NULL DEFAULT false,
  PRIMARY KEY (organization_id, type, resource_id)
);
-- A server may say the same of several, by mistake: that is no reason to keep none of them.
CREATE INDEX counterpart_there ON counterpart (organization_id, there) WHERE there IS NOT NULL;
CREATE INDEX counterpart_watched ON counterpart (organization_id) WHERE watched;

-- Whose server is asked when, and what for.
CREATE TABLE fetching (
  organization_id text PRIMARY KEY,
  -- when it is asked next; NULL: nothing there is waited for
  at timestamptz,
  -- until when a worker has it in hand
  lease_until timestamptz,
  -- what has changed there since then is asked for, by the clock of the server; NULL: everything
  since timestamptz,
  -- when everything was asked for last
  whole_at timestamptz,
  failures int NOT NULL DEFAULT 0,
  asked_at timestamptz,
  -- how it went
  last_code text
);
CREATE INDEX fetching_at ON fetching (at) WHERE at IS NOT NULL;

-- What was found on the server of a partner and could not be taken, with the reason.
CREATE TABLE fetch_finding (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  organization_id text NOT NULL,
  -- the address of what was found
  there text NOT NULL,
  loop_id text NOT NULL,
  task_id text NOT NULL,
  code text NOT NULL,
  text text NOT NULL,
  expression text,
  found_at timestamptz NOT NULL,
  -- when it was taken after all, or was not waited for any more
  resolved_at timestamptz
);
CREATE UNIQUE INDEX fetch_finding_open ON fetch_finding (organization_id, there) WHERE resolved_at IS NULL;
CREATE INDEX fetch_finding_loop ON fetch_finding (loop_id, id);
CREATE INDEX fetch_finding_untaken ON fetch_finding (loop_id) WHERE resolved_at IS NULL;

-- Whose write it is that the hub has fetched, is the partner's: and that it was fetched.
ALTER TABLE audit DROP CONSTRAINT audit_door_check;
ALTER TABLE audit ADD CONSTRAINT audit_door_check CHECK (door IN ('command-line', 'settings', 'fetched')) NOT VALID;

-- What was put on servers before is asked for, too.
INSERT INTO counterpart (organization_id, type, resource_id, loop_id, watched, status)
  SELECT DISTINCT ON (d.recipient_org, d.task_id) d.recipient_org, 'Task', d.task_id, d.loop_id, true, v.content ->> 'status'
  FROM delivery d JOIN loop ON loop.id = d.loop_id AND loop.state = 'open'
    JOIN resource_version v ON v.type = 'Task' AND v.id = d.task_id AND v.version = d.task_version
  WHERE d.status = 'delivered' AND d.endpoint_id IS NOT NULL AND d.kind IN ('offer', 'cancel', 'consent', 'status')
  ORDER BY d.recipient_org, d.task_id, d.seq DESC;
INSERT INTO counterpart (organization_id, type, resource_id, loop_id, watched)
  SELECT DISTINCT d.recipient_org, 'Communication', d.message_id, d.loop_id, true
  FROM delivery d JOIN loop ON loop.id = d.loop_id AND loop.state = 'open'
  WHERE d.status = 'delivered' AND d.endpoint_id IS NOT NULL AND d.kind = 'message';
INSERT INTO fetching (organization_id, at) SELECT DISTINCT organization_id, now() FROM counterpart;
