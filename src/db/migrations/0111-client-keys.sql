-- Counts up whenever the keys of a program are changed: who has proved itself by the ones before is given no token.
ALTER TABLE client ADD COLUMN keys_round int NOT NULL DEFAULT 1;

-- Which program has asked for a subscription last: it ends with it. NULL: nobody's who could be revoked.
ALTER TABLE subscription ADD COLUMN client_id text;
UPDATE subscription SET client_id = (
  SELECT client_id FROM audit WHERE resource_type = 'Subscription' AND resource_id = subscription.id AND interaction IS NULL
    AND action IN ('C', 'U') AND client_id IS NOT NULL ORDER BY audit.id DESC LIMIT 1
);
CREATE INDEX subscription_client ON subscription (client_id) WHERE status <> 'off';
