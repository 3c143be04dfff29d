-- The worklist: what it is narrowed by, in the order of when loops are due, and when they came.
CREATE INDEX loop_open_steps ON loop (next_step, due, id) INCLUDE (waiting_on, escalation, restricted) WHERE state = 'open';
CREATE INDEX loop_open_sender ON loop (sender_org, due, id) WHERE state = 'open';
CREATE INDEX loop_open_receiver ON loop (receiver_org, due, id) WHERE state = 'open' AND receiver_org IS NOT NULL;
CREATE INDEX loop_open_category ON loop (category, due, id) WHERE state = 'open' AND category IS NOT NULL;
CREATE INDEX loop_open_priority ON loop (priority, due, id) WHERE state = 'open';
CREATE INDEX loop_open_patient ON loop (patient, due, id) WHERE state = 'open';
CREATE INDEX loop_open_received ON loop (opened_at, id) WHERE state = 'open';
CREATE INDEX loop_closed_received ON loop (opened_at, id) WHERE state = 'closed';
CREATE INDEX loop_closed_sender ON loop (sender_org, closed_at, id) WHERE state = 'closed';
CREATE INDEX loop_closed_receiver ON loop (receiver_org, closed_at, id) WHERE state = 'closed' AND receiver_org IS NOT NULL;
CREATE INDEX loop_closed_category ON loop (category, closed_at, id) WHERE state = 'closed' AND category IS NOT NULL;
CREATE INDEX loop_closed_programme ON loop (programme, closed_at, id) WHERE state = 'closed' AND programme IS NOT NULL;
CREATE INDEX loop_closed_patient ON loop (patient, closed_at, id) WHERE state = 'closed';
-- What an organization has open does not grow with what it had.
CREATE INDEX loop_open_parties ON loop USING gin (parties) WHERE state = 'open';
CREATE INDEX loop_closed_parties ON loop USING gin (parties) WHERE state = 'closed';
DROP INDEX loop_parties;

-- How many loops have ended: of each organization that they are a matter of, and of all ('' for the hub's own people).
-- They are counted as they end, on a shard of each connection's own, so that nobody waits for others.
CREATE TABLE closed_count (
  party text NOT NULL,
  -- whether the party is who sent them
  sent boolean NOT NULL,
  -- part of a mandated report
  restricted boolean NOT NULL,
  shard int NOT NULL,
  loops bigint NOT NULL,
  PRIMARY KEY (party, sent, restricted, shard)
) WITH (fillfactor = 50);

INSERT INTO closed_count
SELECT party, party = sender_org, restricted, 0, count(*)
FROM loop CROSS JOIN LATERAL (SELECT '' AS party UNION SELECT unnest(parties)) AS of WHERE state = 'closed'
GROUP BY 1, 2, 3;

CREATE FUNCTION count_closed(ended loop, by int) RETURNS void LANGUAGE sql AS $$
  INSERT INTO closed_count
  SELECT party, party = ended.sender_org, ended.restricted, pg_backend_pid() & 63, by
  FROM (SELECT '' AS party UNION SELECT unnest(ended.parties)) AS of ORDER BY party
  ON CONFLICT (party, sent, restricted, shard) DO UPDATE SET loops = closed_count.loops + EXCLUDED.loops;
$$;

CREATE FUNCTION keep_closed_count() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.state = 'closed' THEN
    PERFORM count_closed(OLD, -1);
  END IF;
  IF NEW.state = 'closed' THEN
    PERFORM count_closed(NEW, 1);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER keep_closed_count AFTER UPDATE ON loop FOR EACH ROW
  WHEN ((OLD.state = 'closed' OR NEW.state = 'closed') AND (OLD.state, OLD.parties, OLD.sender_org, OLD.restricted)
    IS DISTINCT FROM (NEW.state, NEW.parties, NEW.sender_org, NEW.restricted))
  EXECUTE FUNCTION keep_closed_count();

-- What is written as closed at once: many together are counted once.
CREATE FUNCTION count_written_closed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO closed_count
  SELECT party, party = sender_org, restricted, pg_backend_pid() & 63, count(*)
  FROM written CROSS JOIN LATERAL (SELECT '' AS party UNION SELECT unnest(parties)) AS of WHERE state = 'closed'
  GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
  ON CONFLICT (party, sent, restricted, shard) DO UPDATE SET loops = closed_count.loops + EXCLUDED.loops;
  RETURN NULL;
END $$;
CREATE TRIGGER count_written_closed AFTER INSERT ON loop REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION count_written_closed();
