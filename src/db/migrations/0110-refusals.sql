-- Who was refused, and why. Anybody can be, as often as they like: they are counted by the minute, and the audit holds the
-- first of each minute at once, and how many more there were when the minute is over.
CREATE TABLE refusal (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  minute timestamptz NOT NULL,
  -- 'token', 'sign-in', or 'operation' for any other request
  interaction text NOT NULL,
  -- the reason, an error code of ours: never a word of who asked
  refusal text NOT NULL,
  -- NULL: nobody who is known here
  client_id text,
  organization_id text,
  person_id text,
  person_roles text,
  times int NOT NULL,
  -- so many of them are in the audit
  told int NOT NULL,
  -- of the last request
  request_id text,
  UNIQUE NULLS NOT DISTINCT (minute, interaction, refusal, client_id, person_id)
);
CREATE INDEX refusal_untold ON refusal (minute) WHERE told < times;

INSERT INTO refusal (minute, interaction, refusal, client_id, organization_id, times, told, request_id)
  SELECT minute, 'token', reason, client_id::text, organization_id, times, 0, request_id
  FROM token_denial LEFT JOIN client ON client.id = client_id;
DROP TABLE token_denial;

ALTER TABLE audit
  -- of what concerns a program: which
  ADD COLUMN about_client text,
  -- it stands for so many that were alike; NULL: for one
  ADD COLUMN times int;
