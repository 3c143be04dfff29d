import type { Sql } from '../../db/database.ts';
import { Parameters } from '../../db/parameters.ts';
import { unlessRestricted } from '../../fhir/sharing/restricted.ts';
import type { LoopCounts } from '../api.ts';
import type { Statement } from './page-sql.ts';
import { ownSql, partyOf, type Viewer } from './viewer.ts';
import { awaitedBy } from './where.ts';

interface GroupRow {
  step: string | null;
  waiting_on: string | null;
  escalation: string | null;
  open: number;
  late: number;
}

/**
 * How many loops are open, late and closed, and how many of the open ones wait for what. Only open loops are looked at:
 * those that have ended are counted as they end.
 */
export async function countLoops(sql: Sql, viewer: Viewer, now: Date): Promise<LoopCounts> {
  const [open, ended] = [openCountsSql(viewer, now), closedCountSql(viewer)];
  const [groups, [row]] = await Promise.all([
    sql.query<GroupRow>(open.text, open.values),
    sql.query<{ closed: number }>(ended.text, ended.values),
  ]);
  const steps = groups.flatMap(({ step, waiting_on: waitingOn, ...group }) =>
    step && waitingOn ? [{ step, waitingOn, ...group }] : [],
  ) as LoopCounts['steps'];
  return { open: sum(groups, 'open'), late: sum(groups, 'late'), closed: row?.closed ?? 0, steps };
}

function sum(groups: readonly GroupRow[], of: 'open' | 'late'): number {
  return groups.reduce((total, group) => total + group[of], 0);
}

/** What the open ones wait for: for everybody here out of one index, for an organization as it is shown it. */
export function openCountsSql(viewer: Viewer, now: Date): Statement {
  const values = new Parameters();
  const at = values.add(now);
  const party = partyOf(viewer);
  const own = party === undefined ? '' : values.add(party);
  const shown = (column: string): string => (own ? `CASE WHEN ${awaitedBy(own)} THEN ${column} END` : column);
  const escalation = own
    ? `CASE WHEN waiting_on_org = ${own} AND escalation IS NOT NULL THEN 'reminded' END`
    : 'escalation';
  const text = `SELECT ${shown('next_step')} AS step, ${shown('waiting_on')} AS waiting_on, ${escalation} AS escalation,
      count(*)::int AS open, (count(*) FILTER (WHERE ${shown('due')} < ${at}))::int AS late
    FROM loop WHERE state = 'open' ${ownSql(viewer, own)}${unlessRestricted(viewer.caller, 'loop')}
    GROUP BY 1, 2, 3 ORDER BY 1, 2, 3 NULLS FIRST`;
  return { text, values: values.values };
}

/** How many have ended, out of what is counted as they do. */
export function closedCountSql(viewer: Viewer): Statement {
  const sent = viewer.caller.view ? ' AND sent' : '';
  const text = `SELECT COALESCE(sum(loops), 0)::int AS closed FROM closed_count
    WHERE party = $1${sent}${unlessRestricted(viewer.caller, 'closed_count')}`;
  return { text, values: [partyOf(viewer) ?? ''] };
}
