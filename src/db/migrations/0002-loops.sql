-- One row per referral loop: a projection of FHIR resources and deliveries, rebuildable at any time.
CREATE TABLE loop (
  -- the id of the root Task
  id text PRIMARY KEY,
  state text NOT NULL CHECK (state IN ('open', 'closed')),
  status text NOT NULL,
  progress text,
  service text NOT NULL,
  category text,
  priority text NOT NULL,
  patient text NOT NULL,
  service_request text NOT NULL,
  sender_org text NOT NULL,
  receiver_org text,
  -- the legs as the console draws them
  legs jsonb NOT NULL DEFAULT '[]',
  next_step text,
  waiting_on text,
  waiting_on_org text,
  since timestamptz,
  due timestamptz,
  outcome text,
  outcome_text text,
  opened_at timestamptz NOT NULL,
  updated_at timestamptz NOT NULL,
  closed_at timestamptz,
  -- The promise: an open loop has exactly one next step, somebody who must act, and a due time; a closed one an outcome.
  CHECK (state = 'closed' OR (next_step IS NOT NULL AND waiting_on IS NOT NULL AND since IS NOT NULL AND due IS NOT NULL)),
  CHECK (state = 'open' OR (outcome IS NOT NULL AND closed_at IS NOT NULL AND next_step IS NULL))
);
CREATE INDEX loop_open_due ON loop (due, id) WHERE state = 'open';
CREATE INDEX loop_open_waiting ON loop (waiting_on, due, id) WHERE state = 'open';
CREATE INDEX loop_closed_recent ON loop (closed_at, id) WHERE state = 'closed';

-- Every accepted change of a Task's status or progress, append-only.
CREATE TABLE transition (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  loop_id text NOT NULL,
  task_id text NOT NULL,
  from_status text,
  to_status text NOT NULL,
  progress text,
  reason text,
  actor_org text,
  actor_client text,
  source text NOT NULL,
  message_id text,
  implied boolean NOT NULL DEFAULT false,
  occurred_at timestamptz NOT NULL,
  recorded_at timestamptz NOT NULL
);
CREATE INDEX transition_loop ON transition (loop_id, id);

-- One message to one endpoint.
CREATE TABLE delivery (
  id uuid PRIMARY KEY,
  -- the order in which messages of one loop go to one recipient
  seq bigint GENERATED ALWAYS AS IDENTITY,
  loop_id text NOT NULL,
  kind text NOT NULL,
  recipient_org text NOT NULL,
  -- where the last attempt went; NULL: the recipient has no endpoint of its own and works on this server
  endpoint_id text,
  task_id text NOT NULL,
  task_version int NOT NULL,
  status text NOT NULL DEFAULT 'pending'
    CHECK (status IN ('pending', 'sending', 'delivered', 'rejected', 'dead', 'withdrawn')),
  attempts int NOT NULL DEFAULT 0,
  -- the attempt after which the retry schedule begins; a replay begins it anew
  schedule_from int NOT NULL DEFAULT 0,
  last_code text,
  next_at timestamptz,
  lease_until timestamptz,
  created_at timestamptz NOT NULL,
  settled_at timestamptz
);
CREATE INDEX delivery_loop ON delivery (loop_id, seq);
CREATE INDEX delivery_lane ON delivery (loop_id, recipient_org, seq) WHERE settled_at IS NULL;
CREATE INDEX delivery_sending ON delivery (recipient_org) WHERE status = 'sending';
CREATE INDEX delivery_in_lane ON delivery (recipient_org, seq) WHERE status = 'pending' AND last_code = 'lane-full';

-- One try, as a person reads it.
CREATE TABLE attempt (
  delivery_id uuid NOT NULL REFERENCES delivery (id),
  number int NOT NULL,
  started_at timestamptz NOT NULL,
  finished_at timestamptz,
  outcome text,
  code text,
  receipt text,
  next_at timestamptz,
  PRIMARY KEY (delivery_id, number)
);

-- Programs that act for an organization, and the tokens they present (only a digest is kept).
CREATE TABLE client (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  organization_id text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE TABLE access_token (
  digest bytea PRIMARY KEY,
  client_id uuid NOT NULL REFERENCES client (id),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL,
  revoked_at timestamptz
);

-- Bundles accepted under a sender's business identifier, so that the same one again gets the same answer.
CREATE TABLE received (
  sender_org text NOT NULL,
  key text NOT NULL,
  content_digest text NOT NULL,
  answer json,
  received_at timestamptz NOT NULL,
  PRIMARY KEY (sender_org, key)
);
