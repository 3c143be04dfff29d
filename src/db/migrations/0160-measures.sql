-- Which referrals were asked in a period: what is measured begins with them.
CREATE INDEX transition_asked ON transition (recorded_at) WHERE task_id = loop_id AND to_status = 'requested';

-- Until when an answer was due, of each Task that was asked, once it is not awaited any more. Deadlines go when what they
-- await is done; whether it was done in time is asked for later. Of answers before this version it is not known.
CREATE TABLE answer_due (
  task_id text PRIMARY KEY,
  due timestamptz NOT NULL
);
CREATE FUNCTION keep_answer_due() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR NEW.step <> 'decide' THEN
    INSERT INTO answer_due (task_id, due) VALUES (OLD.task_id, OLD.due)
      ON CONFLICT (task_id) DO UPDATE SET due = EXCLUDED.due;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_answer_due AFTER UPDATE OR DELETE ON deadline
  FOR EACH ROW WHEN (OLD.step = 'decide') EXECUTE FUNCTION keep_answer_due();
