import type { Sql } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { unlessRestricted } from '../fhir/sharing/restricted.ts';
import type { LoopDetail, LoopSummary } from './api.ts';
import { confirmationOf } from './confirmation/read.ts';
import { named, organizationNames } from './names.ts';
import { inOrder, saidRows, toSaid } from './timeline/said.ts';
import { organizationsIn, timelineRows, toEntry } from './timeline/timeline.ts';
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

/** One loop with its path and everything that happened, in one order. @throws AppError (404) */
export async function readLoop(sql: Sql, viewer: Viewer, id: string, now: Date): Promise<LoopDetail> {
  const party = partyOf(viewer);
  const [whole] = await sql.query<ListedRow>(
    `SELECT ${columns(viewer)} FROM loop WHERE id = $1 ${ownSql(viewer, '$2')}${unlessRestricted(viewer.caller, 'loop')}`,
    [id, ...ownOf(viewer)],
  );
  if (!whole) throw new AppError('notFound', 'loops.not-found', 'There is no such loop.');
  const row = seenBy(viewer)(whole);
  const [summary] = await summaries(sql, [row], now);
  const entries = await timelineRows(sql, whole, party);
  const said = await saidRows(sql, viewer.caller, id);
  const names = await organizationNames(sql, [
    ...row.legs.map(({ organizationId }) => organizationId),
    ...entries.flatMap(organizationsIn),
    ...said.flatMap(({ from_org, to_org }) => [from_org, to_org]),
  ]);
  const legs = row.legs.map(({ taskId, organizationId, ...leg }) => ({
    id: taskId,
    organization: named(organizationId, names),
    ...leg,
  }));
  const happened = entries.map((entry) => toEntry(entry, row, names));
  const timeline = inOrder(
    happened,
    said.map((each) => toSaid(each, names)),
  );
  const followers = await sql.query<{ id: string }>(
    `SELECT id FROM loop WHERE replaces = $1 ${ownSql(viewer, '$2')}${unlessRestricted(viewer.caller, 'loop')} ORDER BY opened_at, id`,
    [id, ...ownOf(viewer)],
  );
  // Of who is asked it is no business that somebody was asked before, or again.
  const isAsked = party !== undefined && party !== whole.sender_org;
  const links = { replaces: row.replaces, replacedBy: isAsked ? [] : followers.map((each) => each.id) };
  const confirmation = party === undefined ? await confirmationOf(sql, whole) : null;
  return { ...(summary as LoopSummary), ...links, confirmation, legs, timeline };
}
