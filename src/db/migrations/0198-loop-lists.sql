-- Lists of an organization in the order of an index: of what it has sent, of what it is asked, and of what it is asked beside
-- others, which is little. Whom nothing was told is not asked.
ALTER TABLE loop ADD COLUMN asked_org text
  GENERATED ALWAYS AS (CASE WHEN receiver_org <> sender_org AND parties @> ARRAY[receiver_org] THEN receiver_org END) STORED;
CREATE INDEX loop_open_asked ON loop (asked_org, due, id) WHERE state = 'open';
CREATE INDEX loop_open_asked_received ON loop (asked_org, opened_at, id) WHERE state = 'open';
CREATE INDEX loop_open_sender_received ON loop (sender_org, opened_at, id) WHERE state = 'open';
CREATE INDEX loop_closed_asked ON loop (asked_org, closed_at, id) WHERE state = 'closed';
CREATE INDEX loop_closed_asked_received ON loop (asked_org, opened_at, id) WHERE state = 'closed';
CREATE INDEX loop_closed_sender_received ON loop (sender_org, opened_at, id) WHERE state = 'closed';
CREATE INDEX loop_open_others ON loop USING gin (parties)
  WHERE state = 'open' AND cardinality(array_remove(array_remove(parties, sender_org), asked_org)) > 0;
CREATE INDEX loop_closed_others ON loop USING gin (parties)
  WHERE state = 'closed' AND cardinality(array_remove(array_remove(parties, sender_org), asked_org)) > 0;
DROP INDEX loop_closed_parties;
CREATE INDEX loop_closed_priority ON loop (priority, closed_at, id) WHERE state = 'closed';

-- What falls due today is counted out of the index alone; by steps nothing is counted any more.
DROP INDEX loop_open_due;
CREATE INDEX loop_open_due ON loop (due, id) INCLUDE (next_step, waiting_on, escalation, restricted) WHERE state = 'open';
DROP INDEX loop_open_steps;
CREATE INDEX loop_open_steps ON loop (next_step, due, id) WHERE state = 'open';

-- Only what is open waits, and for whom it asks: taken as independent of each other, the planner would think that the loops of
-- a page are few, and look for all of them.
CREATE STATISTICS loop_kinds (mcv) ON state, next_step, waiting_on, escalation, priority FROM loop;
CREATE STATISTICS loop_asked (mcv) ON state, asked_org, waiting_on_org FROM loop;
