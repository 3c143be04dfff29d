-- What a client says of what was reported (asked, received, partly, not-received, unanswered; NULL: not asked), and whether
-- something remains of the need.
ALTER TABLE loop ADD COLUMN confirmation text;
ALTER TABLE loop ADD COLUMN need_remains boolean;

-- What happened to that question: asked, a link handed out, answered, not answered in time, not asked any more, settled by
-- a person with what becomes of it. Rows are never changed.
CREATE TABLE confirmation_event (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  loop_id text NOT NULL,
  task_id text NOT NULL,
  what text NOT NULL CHECK (what IN ('asked', 'link', 'answered', 'unanswered', 'ended', 'settled')),
  way text CHECK (way IN ('app', 'telephone', 'link')),
  actor_org text NOT NULL,
  -- why, in the words of who did it; never the client's
  text text,
  at timestamptz NOT NULL
);
CREATE INDEX confirmation_event_loop ON confirmation_event (loop_id);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON confirmation_event
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

-- Links by which a client answers without signing in: the digest of a code that only the link has. Good for one answer.
CREATE TABLE confirmation_link (
  digest bytea PRIMARY KEY,
  task_id text NOT NULL UNIQUE,
  loop_id text NOT NULL,
  expires_at timestamptz NOT NULL
);
