-- Links by which an agency that has only a mailbox opens what it is asked: the digest of 256 random bits that stand in one
-- mail and nowhere else. Whether one is good is not kept: it follows from the Task, what is shared of it, and the Endpoint.
CREATE TABLE mailbox_link (
  digest bytea PRIMARY KEY,
  -- the Task that is asked of the organization, and its loop
  task_id text NOT NULL,
  loop_id text NOT NULL,
  organization_id text NOT NULL,
  -- the mailbox it was sent to
  address text NOT NULL,
  created_at timestamptz NOT NULL
);
CREATE INDEX mailbox_link_task ON mailbox_link (task_id);

-- Codes that were asked for with such a link, each a mail to the mailbox of the link. Of a Task only the last counts.
CREATE TABLE mailbox_code (
  id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
  -- the order in which they were asked for
  seq bigint GENERATED ALWAYS AS IDENTITY,
  link bytea NOT NULL,
  task_id text NOT NULL,
  organization_id text NOT NULL,
  created_at timestamptz NOT NULL,
  -- the mail
  attempts int NOT NULL DEFAULT 0,
  taken_at timestamptz,
  settled_at timestamptz,
  outcome text,
  -- of the code, which is made when the mail is sent
  digest bytea,
  expires_at timestamptz,
  -- how often one was said, right or wrong
  tries int NOT NULL DEFAULT 0,
  used_at timestamptz
);
CREATE INDEX mailbox_code_task ON mailbox_code (task_id, organization_id, seq);

-- Who came by a link and a code: the name they said, for which organization, to which Task. What they did names them, so
-- that rows stay; what their browser keeps is good for a while.
CREATE TABLE mailbox_visit (
  id uuid PRIMARY KEY,
  name text NOT NULL,
  organization_id text NOT NULL,
  task_id text NOT NULL,
  loop_id text NOT NULL,
  link bytea NOT NULL,
  -- SHA-256 of what the browser keeps: 256 random bits
  digest bytea NOT NULL UNIQUE,
  created_at timestamptz NOT NULL,
  -- to the minute
  used_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  ended_at timestamptz
);

-- Who acts for an organization: people who sign in, and who came by its mailbox. What somebody did names one of the two.
CREATE VIEW actor AS
  SELECT id, name, organization_id FROM person UNION ALL SELECT id, name, organization_id FROM mailbox_visit;
ALTER TABLE transition DROP CONSTRAINT transition_actor_person_fkey;
ALTER TABLE message DROP CONSTRAINT message_person_id_fkey;
ALTER TABLE message_read DROP CONSTRAINT message_read_person_id_fkey;
