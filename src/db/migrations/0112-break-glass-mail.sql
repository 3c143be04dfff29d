-- Each supervisor is told by e-mail, where the hub sends any, that the glass was broken: that it was, and nothing of whom.
CREATE TABLE break_glass_mail (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  break_glass_id uuid NOT NULL REFERENCES break_glass (id),
  person_id uuid NOT NULL REFERENCES person (id),
  created_at timestamptz NOT NULL,
  attempts int NOT NULL DEFAULT 0,
  -- a worker has begun to send it at this moment, and not said how that went
  taken_at timestamptz,
  settled_at timestamptz,
  -- how it went: 'smtp-taken', another code of a mail server, or why none was needed
  outcome text,
  UNIQUE (break_glass_id, person_id)
);
