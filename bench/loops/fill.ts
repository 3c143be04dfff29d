import { copyCells } from '../preload/copy-cells.ts';
import { startWorker, withClient } from './deadlines.ts';
import { type Cast, closedStory, openStory, registerCast } from './stories.ts';

/** Deadlines are worked off when the bench says so. */
const NEVER = '3600000';

/** What is only written and never looked at by what is measured, and is most of the store. */
const PAST = ['audit', 'resource_history', 'attempt', 'search_range', 'search_group', 'provenance_head', 'outbox'];
/** Likewise of loops that have ended: what was sent, not that it was. */
const CONTENT = ['resource', 'share'];

/** Makes a store with so many open and closed loops. `whole`: with all their content, versions and audit. @returns who takes part */
export async function fill(
  hub: { url: string; fhir: string },
  databaseUrl: string,
  { open, closed, whole }: { readonly open: number; readonly closed: number; readonly whole: boolean },
): Promise<Cast> {
  const worker = await startWorker(databaseUrl, NEVER);
  const cast = await registerCast(hub);
  const waiting = await openStory(hub, databaseUrl, cast);
  const ended = await closedStory(hub, databaseUrl, cast);
  await worker.stop();
  await copyCells(databaseUrl, { ...waiting, without: whole ? [] : PAST }, 0, open);
  await copyCells(databaseUrl, { ...ended, without: whole ? [] : [...PAST, ...CONTENT] }, 0, closed);
  await withClient(databaseUrl, async (client) => {
    for (const statement of SPREAD) await client.query(statement);
  });
  return cast;
}

/** A number of a loop's own, as even as dice. @param most below which it is */
function spread(most: number, part = 1): string {
  return `('x' || substr(md5(id), ${part}, 6))::bit(24)::int % ${most}`;
}

const MONTH_S = 2_592_000;

/**
 * Those that are open came in the last month, fall due over a month, of which six days have passed, and wait for this and that.
 * Nothing is to be done yet: the ladders of what is late are at their end.
 */
const SPREAD = [
  `UPDATE loop SET due = date_trunc('milliseconds', now()) - interval '6 days' + (${spread(MONTH_S)}) * interval '1 s',
       opened_at = opened_at - (${spread(MONTH_S, 7)}) * interval '1 s',
       next_step = (ARRAY['decide', 'decide', 'first-contact', 'progress', 'progress', 'report-outcome'])[1 + ${spread(6, 13)}],
       priority = (ARRAY['routine', 'routine', 'routine', 'urgent', 'asap', 'stat'])[1 + ${spread(6, 19)}]
     WHERE state = 'open'`,
  `UPDATE deadline SET due = loop.due, at = CASE WHEN loop.due > now() + interval '1 day' THEN loop.due END, ats = ARRAY[loop.due, loop.due + interval '1 day'], whats = '{remind,worklist}'
     FROM loop WHERE loop.id = deadline.loop_id`,
  'TRUNCATE outbox',
  'VACUUM (ANALYZE) loop',
  'VACUUM (ANALYZE) deadline',
];
