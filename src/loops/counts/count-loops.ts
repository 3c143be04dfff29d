import type { Sql } from '../../db/database.ts';
import { Parameters } from '../../db/parameters.ts';
import { unlessRestricted } from '../../fhir/sharing/restricted.ts';
import type { LoopCounts } from '../api.ts';
import type { Statement } from '../worklist/page-sql.ts';
import { partyOf, type Viewer } from '../worklist/viewer.ts';
import { toldBy } from '../worklist/where.ts';

interface GroupRow {
  state: 'open' | 'closed';
  step: string | null;
  waiting_on: string | null;
  escalation: string | null;
  loops: number;
  late: number;
}

/**
 * How many loops are open, late and closed, and how many of the open ones wait for what. No loop is looked at but those
 * that fall due today: the others are counted as they change.
 */
export async function countLoops(sql: Sql, viewer: Viewer, now: Date): Promise<LoopCounts> {
  const { text, values } = countsSql(viewer, now);
  const groups = await sql.query<GroupRow>(text, values);
  const open = groups.filter(({ state }) => state === 'open');
  const steps = open.flatMap(({ step, waiting_on: waitingOn, escalation, loops, late }) =>
    step && waitingOn ? [{ step, waitingOn, escalation, open: loops, late }] : [],
  ) as LoopCounts['steps'];
  const closed = groups.filter(({ state }) => state === 'closed');
  return { open: sum(open, 'loops'), late: sum(open, 'late'), closed: sum(closed, 'loops'), steps };
}

function sum(groups: readonly GroupRow[], of: 'loops' | 'late'): number {
  return groups.reduce((total, group) => total + group[of], 0);
}

/**
 * One statement, so that all numbers are of the same moment. What has been due since before today is late as a whole; of
 * today it is looked at each loop.
 */
export function countsSql(viewer: Viewer, now: Date): Statement {
  const values = new Parameters();
  const party = partyOf(viewer);
  const place = { party: values.add(party ?? ''), today: values.add(startOfDay(now)), now: values.add(now) };
  const isOwn = party !== undefined;
  const told = isOwn ? toldBy('sent', 'awaited') : 'true';
  const text = `SELECT state, CASE WHEN ${told} THEN NULLIF(next_step, '') END AS step,
      CASE WHEN ${told} THEN NULLIF(waiting_on, '') END AS waiting_on,
      ${isOwn ? `CASE WHEN awaited AND escalation <> '' THEN 'reminded' END` : `NULLIF(escalation, '')`} AS escalation,
      sum(loops)::int AS loops, sum(CASE WHEN ${told} THEN late ELSE 0 END)::int AS late
    FROM (${keptSql(place)} UNION ALL ${ofTodaySql(place, isOwn)}) AS counted
    WHERE true${viewer.caller.view ? ' AND sent' : ''}${unlessRestricted(viewer.caller, 'counted')}
    GROUP BY 1, 2, 3, 4 HAVING sum(loops) <> 0 ORDER BY 1, 2, 3, 4 NULLS FIRST`;
  return { text, values: values.values };
}

/** Where the values of the statement stand. */
interface Place {
  readonly party: string;
  readonly today: string;
  readonly now: string;
}

function keptSql({ party, today }: Place): string {
  return `SELECT state, next_step, waiting_on, escalation, sent, awaited, restricted, loops,
      CASE WHEN due_on < (${today}::timestamptz AT TIME ZONE 'UTC')::date THEN loops ELSE 0 END AS late
    FROM loop_count WHERE party = ${party}`;
}

/** They are among those that are kept, but for being late. */
function ofTodaySql({ party, today, now }: Place, isOwn: boolean): string {
  const [sent, awaited, own] = isOwn
    ? [`sender_org = ${party}`, `waiting_on_org IS NOT DISTINCT FROM ${party}`, ` AND parties @> ARRAY[${party}::text]`]
    : ['false', 'false', ''];
  return `SELECT state, next_step, waiting_on, COALESCE(escalation, ''), ${sent}, ${awaited}, restricted, 0, 1
    FROM loop WHERE state = 'open' AND due >= ${today} AND due < ${now}${own}`;
}

/** The day is that of `counted_as` (see the migrations). */
function startOfDay(now: Date): Date {
  return new Date(`${now.toISOString().slice(0, 10)}T00:00:00.000Z`);
}
