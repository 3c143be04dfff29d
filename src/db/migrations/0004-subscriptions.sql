-- Who wants to be told of what: a FHIR Subscription as the hub works on it, and its counters. Rows go with their resource.
CREATE TABLE subscription (
  -- the id of the Subscription
  id text PRIMARY KEY,
  -- what its wake-ups stand under in the outbox
  timer uuid NOT NULL UNIQUE,
  owner_org text NOT NULL,
  status text NOT NULL CHECK (status IN ('requested', 'active', 'error', 'off')),
  topic text NOT NULL,
  filters text[] NOT NULL DEFAULT '{}',
  -- counts up whenever what was under way until then counts no more: asked for anew, failed, switched off
  round int NOT NULL DEFAULT 1,
  -- numbers of events: the last that happened, the last handed to a delivery, the last that arrived
  events bigint NOT NULL DEFAULT 0,
  batched_through bigint NOT NULL DEFAULT 0,
  delivered_through bigint NOT NULL DEFAULT 0,
  -- a delivery waits that has not been given its events yet
  queued boolean NOT NULL DEFAULT false,
  heartbeat_seconds int,
  last_sent_at timestamptz,
  ends_at timestamptz,
  error_code text,
  failed_at timestamptz
);
CREATE INDEX subscription_failed ON subscription (failed_at) WHERE status = 'error';

-- Counts the changes of what is subscribed to, so that every process knows whether what it remembers is still so.
CREATE TABLE subscription_epoch (
  value bigint NOT NULL
);
INSERT INTO subscription_epoch VALUES (1);

-- Undoes a transaction that was decided on by what is no longer so; it is repeated with what is.
CREATE FUNCTION require_subscription_epoch(known bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  IF known IS DISTINCT FROM (SELECT value FROM subscription_epoch) THEN
    RAISE EXCEPTION 'subscriptions have changed' USING ERRCODE = '40001';
  END IF;
  RETURN true;
END;
$$;

-- What happened that a subscriber is told of: ids only. Numbers have no gaps.
CREATE TABLE subscription_event (
  subscription_id text NOT NULL,
  number bigint NOT NULL,
  occurred_at timestamptz NOT NULL,
  type text NOT NULL,
  resource_id text NOT NULL,
  version int NOT NULL,
  interaction text NOT NULL CHECK (interaction IN ('create', 'update', 'delete')),
  PRIMARY KEY (subscription_id, number)
);
CREATE INDEX subscription_event_age ON subscription_event (occurred_at);

-- A delivery says something about a Task of a loop, or something to a subscriber.
ALTER TABLE delivery ALTER COLUMN loop_id DROP NOT NULL;
ALTER TABLE delivery ALTER COLUMN task_id DROP NOT NULL;
ALTER TABLE delivery ALTER COLUMN task_version DROP NOT NULL;
ALTER TABLE delivery ADD COLUMN subscription_id text;
ALTER TABLE delivery ADD COLUMN round int;
ALTER TABLE delivery ADD COLUMN event_from bigint;
ALTER TABLE delivery ADD COLUMN event_to bigint;
ALTER TABLE delivery ADD CONSTRAINT delivery_about CHECK (
  (loop_id IS NOT NULL AND task_id IS NOT NULL AND task_version IS NOT NULL AND subscription_id IS NULL)
  OR (subscription_id IS NOT NULL AND round IS NOT NULL AND loop_id IS NULL)
);
-- What one recipient is told in order: all of a loop, all of a subscription.
ALTER TABLE delivery ADD COLUMN lane text NOT NULL
  GENERATED ALWAYS AS (coalesce(loop_id, 'Subscription/' || subscription_id)) STORED;
DROP INDEX delivery_lane;
CREATE INDEX delivery_lane ON delivery (lane, recipient_org, seq) WHERE settled_at IS NULL;
CREATE INDEX delivery_notices_settled ON delivery (settled_at) WHERE subscription_id IS NOT NULL;
