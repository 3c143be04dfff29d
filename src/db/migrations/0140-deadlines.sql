-- What happens when nothing does: for each thing that is awaited on an open loop, the ladder of what the hub will do, and
-- which rung is next. It is written anew, in the same transaction, whenever something else is awaited.
CREATE TABLE deadline (
  loop_id text NOT NULL,
  -- the Task that is waited for: a leg, or the root
  task_id text NOT NULL,
  step text NOT NULL,
  waiting_on text NOT NULL,
  organization_id text,
  since timestamptz NOT NULL,
  due timestamptz NOT NULL,
  -- the rungs in order: what is done, and when
  whats text[] NOT NULL,
  ats timestamptz[] NOT NULL,
  -- how many of them are done
  fired int NOT NULL,
  -- when the next is due; NULL: the ladder is at its end
  at timestamptz,
  PRIMARY KEY (loop_id, task_id)
);
CREATE INDEX deadline_at ON deadline (at) WHERE at IS NOT NULL;

-- What was done of it, once each; rows are never changed.
CREATE TABLE firing (
  id bigint GENERATED ALWAYS AS IDENTITY,
  loop_id text NOT NULL,
  task_id text NOT NULL,
  step text NOT NULL,
  since timestamptz NOT NULL,
  rung int NOT NULL,
  what text NOT NULL,
  -- what came of it, e.g. that there was nobody to ask
  result text NOT NULL,
  waiting_on text NOT NULL,
  organization_id text,
  due timestamptz NOT NULL,
  planned_at timestamptz NOT NULL,
  fired_at timestamptz NOT NULL,
  communication_id text,
  PRIMARY KEY (task_id, step, since, rung)
);
CREATE INDEX firing_loop ON firing (loop_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON firing FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Who must look at it by now, beside whom it waits for.
ALTER TABLE loop ADD COLUMN escalation text CHECK (escalation IN ('reminded', 'worklist', 'supervisor'));
CREATE INDEX loop_escalated ON loop (due, id) WHERE state = 'open' AND escalation IN ('worklist', 'supervisor');

-- A mail to one person or mailbox about a loop that waits; nothing about anybody stands in it.
CREATE TABLE loop_mail (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  kind text NOT NULL CHECK (kind IN ('reminder', 'supervisor')),
  loop_id text NOT NULL,
  task_id text NOT NULL,
  step text NOT NULL,
  since timestamptz NOT NULL,
  person_id uuid REFERENCES person (id),
  organization_id text,
  created_at timestamptz NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  taken_at timestamptz,
  settled_at timestamptz,
  outcome text,
  CHECK ((person_id IS NULL) <> (organization_id IS NULL))
);
CREATE INDEX loop_mail_loop ON loop_mail (loop_id);
