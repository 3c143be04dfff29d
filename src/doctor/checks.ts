import type { Database, Sql } from '../db/database.ts';
import { staffSql } from '../deadlines/staff.ts';
import { verifyAudit } from '../fhir/audit/chain/verify-audit.ts';
import { differingReaders } from '../fhir/sharing/check-readers.ts';
import { differingCounts } from '../loops/counts/recount.ts';
import { checkLoops } from '../loops/projection/check.ts';
import type { LoopSettings } from '../loops/projection/store.ts';
import { isTerminal, TASK_STATUSES } from '../loops/words.ts';

/** What the hub promises of its own store, and how it is found out that it does not hold. */
export interface Check {
  readonly name: string;
  /** What does not hold, as a sentence about each thing that is found. */
  readonly says: string;
  /** What mends it. */
  readonly mend: string;
  /** @returns ids, or names of resources */
  readonly find: (deps: DoctorDeps) => Promise<readonly string[]>;
}

export interface DoctorDeps extends LoopSettings {
  readonly db: Database;
  readonly now: () => Date;
  /** How long a worker may hold a message before it is given back. */
  readonly leaseMs: number;
}

/** What workers do within moments is theirs for so long. */
const ROOM_MS = 60_000;
const MOST_FOUND = 1_000;

const WORKERS = 'start the workers (npm start, or npm run start:workers) and look at their log';

/** @see loop.md "The promise": a system invariant, checked by tests and by a running query */
export const CHECKS: readonly Check[] = [
  {
    name: 'next-step',
    says: 'is open, and nobody is named who must act',
    mend: 'careloop loops rebuild',
    find: ({ db }) => ids(db, WITHOUT_ACTOR_SQL),
  },
  {
    name: 'role',
    says: 'waits for people of the hub, and of those who may sign in and see it nobody has that role',
    mend: 'careloop people invite, with the role case-manager or supervisor (for a mandated report with protection-worker, too)',
    find: ({ db, hubOrg }) => ids(db, WITHOUT_ROLE_SQL, [hubOrg]),
  },
  {
    name: 'loop-row',
    says: 'is not what its Tasks, messages and firings make of it',
    mend: 'careloop loops rebuild',
    find: async (deps) => {
      const { differed, untold } = await checkLoops(deps.db, deps);
      return [...differed, ...untold.map(({ taskId, loopId }) => `what Task/${taskId} says of ${loopId}`)];
    },
  },
  {
    name: 'count',
    says: 'are not as many as is told of them',
    mend: 'careloop loops recount',
    find: ({ db }) => differingCounts(db),
  },
  {
    name: 'deadline',
    says: 'waits for something that is over since more than a minute, and nothing was done',
    mend: WORKERS,
    find: ({ db, now }) => ids(db, OVERDUE_SQL, [before(now(), ROOM_MS)]),
  },
  {
    name: 'outbox',
    says: 'is a message that should have been handed to a worker, or given back by one',
    mend: WORKERS,
    find: ({ db, now, leaseMs }) => ids(db, STUCK_SQL, [before(now(), ROOM_MS), before(now(), leaseMs + ROOM_MS)]),
  },
  {
    name: 'delivery',
    says: 'is to be delivered, and no message says so to the workers',
    mend: 'careloop deliveries requeue',
    find: ({ db }) => ids(db, LOST_SQL),
  },
  {
    name: 'fetching',
    says: 'has a server that should have been asked since more than a minute what became of what was put there',
    mend: WORKERS,
    find: ({ db, now }) => ids(db, UNASKED_SQL, [before(now(), ROOM_MS), now()]),
  },
  {
    name: 'answer',
    says: 'is a message that needs an answer, and nothing happens when none comes',
    mend: 'careloop loops rebuild',
    find: ({ db }) => ids(db, UNWATCHED_SQL, [TASK_STATUSES.filter(isTerminal)]),
  },
  {
    name: 'message',
    says: 'is a message that nobody was told of: it is neither delivered nor shared with whom it is for, or of no loop',
    mend: 'withdraw it (status entered-in-error) and write it again',
    find: ({ db, hubOrg }) => ids(db, UNTOLD_SQL, [hubOrg]),
  },
  {
    name: 'share',
    says: 'is read by others than its author and what is shared make',
    mend: 'careloop shares rebuild',
    find: ({ db }) => differingReaders(db),
  },
  {
    name: 'audit',
    says: 'is not as it was sealed',
    mend: 'see what careloop audit verify says, and the runbook: somebody has changed the audit',
    find: async ({ db }) =>
      (await verifyAudit(db)).findings.map((each) => ('entry' in each ? `entry ${each.entry}` : `seal ${each.seal}`)),
  },
];

/** Of what waits for an organization, one that is there; a date, always. */
const WITHOUT_ACTOR_SQL = `
  SELECT id FROM loop WHERE state = 'open' AND (next_step IS NULL OR waiting_on IS NULL OR due IS NULL
    OR waiting_on IN ('receiver', 'sender') AND NOT EXISTS (
      SELECT 1 FROM resource WHERE type = 'Organization' AND id = loop.waiting_on_org AND NOT deleted))
  ORDER BY id LIMIT ${MOST_FOUND}`;

/** Also of those whose ladder has come, meanwhile, to a role that nobody had. */
const WITHOUT_ROLE_SQL = `
  WITH staff AS (SELECT false AS restricted, plain.* FROM (${staffSql('false')}) AS plain
    UNION ALL SELECT true, guarded.* FROM (${staffSql('true')}) AS guarded)
  SELECT id FROM loop JOIN staff USING (restricted) WHERE state = 'open' AND (
    NOT "readsWorklist" AND (waiting_on = 'case-manager' OR escalation IN ('worklist', 'supervisor'))
    OR NOT supervises AND (escalation = 'supervisor' OR EXISTS (
      SELECT 1 FROM deadline d JOIN firing f USING (loop_id, task_id, step, since, message_id)
      WHERE d.loop_id = loop.id AND f.result IN ('others-told', 'nobody-of-role') AND f.what = 'supervisor')))
  ORDER BY id LIMIT ${MOST_FOUND}`;

const OVERDUE_SQL = `SELECT loop_id AS id FROM deadline WHERE at < $1 ORDER BY at LIMIT ${MOST_FOUND}`;

const STUCK_SQL = `
  SELECT id::text AS id FROM outbox
  WHERE relayed_at IS NULL AND available_at < $1 OR relayed_at < $2 ORDER BY available_at LIMIT ${MOST_FOUND}`;

/** Deliveries that are not settled, and of which no message speaks to the workers. */
export const LOST_DELIVERIES_SQL = `
  SELECT id::text AS id FROM delivery d WHERE settled_at IS NULL AND NOT EXISTS (SELECT 1 FROM outbox WHERE subject_id = d.id)`;
const LOST_SQL = `${LOST_DELIVERIES_SQL} ORDER BY seq LIMIT ${MOST_FOUND}`;

const UNASKED_SQL = `
  SELECT organization_id AS id FROM fetching WHERE at < $1 AND (lease_until IS NULL OR lease_until < $2)
  ORDER BY at LIMIT ${MOST_FOUND}`;

/** Messages that need an answer, of what goes on, for which no deadline stands. */
const UNWATCHED_SQL = `
  SELECT m.id FROM message m JOIN loop ON loop.id = m.loop_id AND loop.state = 'open'
    JOIN resource t ON t.type = 'Task' AND t.id = m.task_id JOIN resource r ON r.type = 'Task' AND r.id = m.loop_id
  WHERE m.answer_by IS NOT NULL AND m.answered_by IS NULL AND NOT m.withdrawn
    AND NOT t.content ->> 'status' = ANY ($1::text[]) AND NOT r.content ->> 'status' = ANY ($1::text[])
    AND NOT EXISTS (SELECT 1 FROM deadline d WHERE d.loop_id = m.loop_id AND d.message_id = m.id)
  ORDER BY m.id LIMIT ${MOST_FOUND}`;

/** Messages to partners that were neither handed to delivery nor ever shared with them; what is said here is of a loop. */
const UNTOLD_SQL = `
  SELECT m.id FROM message m JOIN resource c ON c.type = 'Communication' AND c.id = m.id
  WHERE NOT m.withdrawn AND (NOT EXISTS (SELECT 1 FROM loop WHERE loop.id = m.loop_id)
    OR m.to_org <> $1 AND (NOT EXISTS (SELECT 1 FROM delivery d WHERE d.message_id = m.id AND d.kind = 'message' AND d.recipient_org = m.to_org)
      OR NOT EXISTS (SELECT 1 FROM share s WHERE s.type = 'Communication' AND s.resource_id = m.id AND s.organization_id = m.to_org)))
  ORDER BY m.id LIMIT ${MOST_FOUND}`;

async function ids(sql: Sql, statement: string, values: readonly unknown[] = []): Promise<string[]> {
  const rows = await sql.query<{ id: string }>(statement, values);
  return rows.map(({ id }) => id);
}

function before(now: Date, milliseconds: number): Date {
  return new Date(now.getTime() - milliseconds);
}
