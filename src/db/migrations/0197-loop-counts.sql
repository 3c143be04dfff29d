-- How many loops there are of each kind that somebody is told the number of. What a change of loops means for the numbers is
-- added as rows of their own: nobody waits for anybody, and a change and its number are one transaction. A worker makes one
-- row of those that are of the same kind; the number is the sum of them, at any moment.
CREATE TABLE loop_count (
  -- whose number it is: an organization that loops are a matter of; '': the hub's own people
  party text NOT NULL,
  -- whether the party has sent them, and whether they wait for it
  sent boolean NOT NULL,
  awaited boolean NOT NULL,
  -- part of a mandated report
  restricted boolean NOT NULL,
  state text NOT NULL,
  -- '': none
  next_step text NOT NULL,
  waiting_on text NOT NULL,
  escalation text NOT NULL,
  -- the day, UTC; infinity: none
  due_on date NOT NULL,
  loops bigint NOT NULL,
  -- whether it is one of those that were added since
  added boolean NOT NULL
);
-- As what a loop is counted. It is a function so that what is counted, counted anew and checked is the same.
CREATE FUNCTION counted_as(counted loop) RETURNS TABLE (party text, sent boolean, awaited boolean, restricted boolean,
  state text, next_step text, waiting_on text, escalation text, due_on date) LANGUAGE sql IMMUTABLE AS $$
  SELECT of.party, of.party = counted.sender_org, COALESCE(of.party = counted.waiting_on_org, false), counted.restricted,
    counted.state, COALESCE(counted.next_step, ''), COALESCE(counted.waiting_on, ''), COALESCE(counted.escalation, ''),
    COALESCE((counted.due AT TIME ZONE 'UTC')::date, 'infinity')
  FROM (SELECT '' AS party UNION SELECT unnest(counted.parties)) AS of
$$;

INSERT INTO loop_count
SELECT kind.*, count(*), false FROM loop CROSS JOIN LATERAL counted_as(loop) AS kind GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
CREATE INDEX loop_count_party ON loop_count (party, due_on, next_step, waiting_on);
CREATE INDEX loop_count_added ON loop_count (party) WHERE added;

-- Many that are written together are counted once, and what is as it was is not counted.
CREATE FUNCTION count_loops() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    INSERT INTO loop_count
    SELECT kind.*, count(*), true FROM written CROSS JOIN LATERAL counted_as(ROW(written.*)::loop) AS kind
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
  ELSIF TG_OP = 'DELETE' THEN
    INSERT INTO loop_count
    SELECT kind.*, -count(*), true FROM gone CROSS JOIN LATERAL counted_as(ROW(gone.*)::loop) AS kind
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9;
  ELSE
    INSERT INTO loop_count
    SELECT kind.*, sum(by), true
    FROM (SELECT ROW(gone.*)::loop AS loop, -1 AS by FROM gone UNION ALL SELECT ROW(written.*)::loop, 1 FROM written) AS changed
      CROSS JOIN LATERAL counted_as(changed.loop) AS kind
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9 HAVING sum(by) <> 0;
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER count_written AFTER INSERT ON loop REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION count_loops();
CREATE TRIGGER count_changed AFTER UPDATE ON loop REFERENCING OLD TABLE AS gone NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION count_loops();
CREATE TRIGGER count_gone AFTER DELETE ON loop REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION count_loops();

-- Those that had ended were counted apart.
DROP TRIGGER keep_closed_count ON loop;
DROP TRIGGER count_written_closed ON loop;
DROP FUNCTION keep_closed_count();
DROP FUNCTION count_written_closed();
DROP FUNCTION count_closed(loop, int);
DROP TABLE closed_count;
