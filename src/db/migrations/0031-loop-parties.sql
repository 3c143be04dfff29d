-- The organizations that a loop is a matter of: who sent it, and who is asked or has taken it on.
ALTER TABLE loop ADD COLUMN parties text[] NOT NULL DEFAULT '{}';
UPDATE loop SET parties = ARRAY(
  SELECT party FROM (
    SELECT sender_org AS party
    UNION
    SELECT leg ->> 'organizationId' FROM jsonb_array_elements(legs) AS leg
    WHERE leg ->> 'status' NOT IN ('rejected', 'failed', 'cancelled', 'entered-in-error')) AS parties_of_it
  ORDER BY party COLLATE "C");
CREATE INDEX loop_parties ON loop USING gin (parties);
