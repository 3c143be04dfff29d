import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import type { Sql } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { unlessRestricted } from '../fhir/sharing/restricted.ts';
import type { LoopDetail, LoopSummary } from './api.ts';
import { confirmationOf } from './confirmation/read.ts';
import { named, organizationNames } from './names.ts';
import { type Lack, lackingIn } from './next-step/lacking.ts';
import type { TimelinePage } from './timeline/api.ts';
import type { TimelineQuery } from './timeline/query.ts';
import { readTimeline } from './timeline/read-timeline.ts';
import { summaries } from './worklist/summary.ts';
import { columns, type ListedRow, ownOf, ownSql, partyOf, seenBy, type Viewer } from './worklist/viewer.ts';

/** These loops as lists show them, in the order of their ids; without those that a viewer is not shown. */
export async function loopsOf(sql: Sql, viewer: Viewer, ids: readonly string[], now: Date): Promise<LoopSummary[]> {
  const shown = `${ownSql(viewer, '$2')}${unlessRestricted(viewer.caller, 'loop')}`;
  const rows = await sql.query<ListedRow>(
    `SELECT ${columns(viewer)} FROM loop WHERE id = ANY($1::text[]) ${shown} ORDER BY id`,
    [ids, ...ownOf(viewer)],
  );
  return summaries(sql, rows.map(seenBy(viewer)), now);
}

/** What a loop shows of its timeline; the others are read page by page. */
const LATEST = {
  order: 'newest',
  count: 200,
  kind: ['status', 'policy', 'escalation', 'delivery', 'confirmation', 'message'],
} as const;

/** One loop with its path and the latest of what happened. @throws AppError (404) */
export async function readLoop(sql: Sql, viewer: Viewer, id: string, now: Date): Promise<LoopDetail> {
  const party = partyOf(viewer);
  const { whole, seen } = await loopFor(sql, viewer, id);
  const [summary] = await summaries(sql, [seen], now);
  const { entries } = await readTimeline(sql, viewer, { whole, seen }, LATEST);
  const names = await organizationNames(
    sql,
    seen.legs.map(({ organizationId }) => organizationId),
  );
  const legs = seen.legs.map(({ taskId, organizationId, ...leg }) => ({
    id: taskId,
    organization: named(organizationId, names),
    ...leg,
  }));
  const followers = await sql.query<{ id: string }>(
    `SELECT id FROM loop WHERE replaces = $1 ${ownSql(viewer, '$2')}${unlessRestricted(viewer.caller, 'loop')} ORDER BY opened_at, id`,
    [id, ...ownOf(viewer)],
  );
  // Of who is asked it is no business that somebody was asked before, or again.
  const isAsked = party !== undefined && party !== whole.sender_org;
  const links = { replaces: seen.replaces, replacedBy: isAsked ? [] : followers.map((each) => each.id) };
  const confirmation = party === undefined ? await confirmationOf(sql, whole) : null;
  const lacks = seen.next_step === 'resolve-intake' ? await lackingOf(sql, whole) : [];
  return { ...(summary as LoopSummary), ...links, lacks, confirmation, legs, timeline: entries.toReversed() };
}

/** What a referral does not say. */
async function lackingOf(sql: Sql, { id }: ListedRow): Promise<Lack[]> {
  const [row] = await sql.query<{ root: Task; request: ServiceRequest }>(
    `SELECT root.content AS root, request.content AS request FROM resource root JOIN resource request
       ON request.type = 'ServiceRequest' AND request.id = split_part(root.content -> 'focus' ->> 'reference', '/', 2)
     WHERE root.type = 'Task' AND root.id = $1`,
    [id],
  );
  return row ? lackingIn(row.root, row.request) : [];
}

/** One page of everything that happened to a loop. @throws AppError (404) */
export async function readTimelineOf(
  sql: Sql,
  viewer: Viewer,
  id: string,
  query: TimelineQuery,
): Promise<TimelinePage> {
  return readTimeline(sql, viewer, await loopFor(sql, viewer, id), query);
}

/** A loop as its row is, and as a viewer is shown it. @throws AppError (404) */
async function loopFor(
  sql: Sql,
  viewer: Viewer,
  id: string,
): Promise<{ readonly whole: ListedRow; readonly seen: ListedRow }> {
  const [whole] = await sql.query<ListedRow>(
    `SELECT ${columns(viewer)} FROM loop WHERE id = $1 ${ownSql(viewer, '$2')}${unlessRestricted(viewer.caller, 'loop')}`,
    [id, ...ownOf(viewer)],
  );
  if (!whole) throw new AppError('notFound', 'loops.not-found', 'There is no such loop.');
  return { whole, seen: seenBy(viewer)(whole) };
}
