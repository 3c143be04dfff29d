-- What is said about a referral between two organizations, beside its Communication: between whom, whether it waits for an
-- answer, and how far it has come. No words of anybody stand in it.
CREATE TABLE message (
  -- the id of its Communication
  id text PRIMARY KEY,
  -- the order in which they were said
  seq bigint GENERATED ALWAYS AS IDENTITY,
  loop_id text NOT NULL,
  -- the Task it is about: a leg, or the root
  task_id text NOT NULL,
  from_org text NOT NULL,
  to_org text NOT NULL,
  -- who wrote it here; NULL: a program did
  person_id uuid REFERENCES person (id),
  -- the message it names as the one it answers
  in_response_to text,
  said_at timestamptz NOT NULL,
  -- until when an answer is needed
  answer_by timestamptz,
  -- the message that answered it
  answered_by text,
  -- when a program of its recipient first fetched it here
  fetched_at timestamptz,
  -- when somebody of its recipient first read it
  read_at timestamptz,
  withdrawn boolean NOT NULL DEFAULT false
);
CREATE INDEX message_loop ON message (loop_id, seq);
CREATE INDEX message_unread ON message (loop_id) WHERE read_at IS NULL AND NOT withdrawn;
CREATE INDEX message_unanswered ON message (loop_id) WHERE answer_by IS NOT NULL AND answered_by IS NULL AND NOT withdrawn;

-- Who read a message, and when.
CREATE TABLE message_read (
  message_id text NOT NULL REFERENCES message (id),
  person_id uuid NOT NULL REFERENCES person (id),
  at timestamptz NOT NULL,
  PRIMARY KEY (message_id, person_id)
);

-- Which message is delivered, of deliveries that are of one.
ALTER TABLE delivery ADD COLUMN message_id text;
CREATE INDEX delivery_message ON delivery (message_id) WHERE message_id IS NOT NULL;

-- The message whose answer is awaited: '' of what else is awaited.
ALTER TABLE deadline ADD COLUMN message_id text NOT NULL DEFAULT '';
ALTER TABLE deadline DROP CONSTRAINT deadline_pkey;
ALTER TABLE deadline ADD PRIMARY KEY (loop_id, task_id, message_id);
ALTER TABLE firing ADD COLUMN message_id text NOT NULL DEFAULT '';
ALTER TABLE firing DROP CONSTRAINT firing_pkey;
ALTER TABLE firing ADD PRIMARY KEY (task_id, step, since, message_id, rung);

-- What a mail is about; its kinds are those that the code knows.
ALTER TABLE loop_mail ADD COLUMN message_id text NOT NULL DEFAULT '';
ALTER TABLE loop_mail DROP CONSTRAINT loop_mail_kind_check;
