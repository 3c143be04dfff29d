import type { LocalReference } from '../references.ts';
import { hubOf, type Store, transact } from '../store/transact.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';
import { endPending } from './pending-shares.ts';
import type { ReadersRow } from './readers.ts';
import { readersSql, tokensSql, trimmedSql, untilSql } from './readers-sql.ts';
import type { EndOfShares } from './shared.ts';

/**
 * Ends what an organization was shown for a Task: at once, or by and by. What it may read for another reason too (it is
 * its own, it is shared for another Task), it may read still.
 */
export async function endShares(unit: UnitOfWork, end: EndOfShares): Promise<void> {
  const { taskId, organizationId, keeps, at } = end;
  endPending(unit, end);
  // What this transaction shares, and what it leans on that is shared with it, is written before.
  await unit.flush();
  if (at) await unit.tx.query(LATER_SQL, [taskId, organizationId, keeps, at]);
  else await close(unit, await unit.tx.query<Ending>(OF_TASK_SQL, [taskId, organizationId, keeps]), end.because);
}

interface Ending {
  /** The number of the share, as text. */
  readonly share: string;
}

const LATER_SQL = `
  UPDATE share SET ends_at = $4 WHERE task_id = $1 AND organization_id = $2 AND reason <> ALL ($3::text[]) AND ended_at IS NULL`;

/** The resources are held before it is read who else they are shared with: or a share made meanwhile were overlooked. */
const OF_TASK_SQL = `
  SELECT s.id::text AS share FROM share s JOIN resource r ON r.type = s.type AND r.id = s.resource_id
  WHERE s.task_id = $1 AND s.organization_id = $2 AND s.reason <> ALL ($3::text[]) AND s.ended_at IS NULL
  ORDER BY r.type, r.id FOR NO KEY UPDATE OF r`;

const NOT_ENDED = 's.id <> ALL ($1::bigint[])';

const CLOSE_SQL = `
  WITH ended AS (
    UPDATE share SET ended_at = $2, end_reason = $3 WHERE id = ANY ($1::bigint[]) AND ended_at IS NULL RETURNING type, resource_id),
  left_to AS (
    SELECT r.type, r.id, ${readersSql('r', NOT_ENDED)} AS readers, ${untilSql('r', NOT_ENDED)} AS readers_until,
      ${trimmedSql('r', NOT_ENDED)} AS trimmed
    FROM resource r WHERE (r.type, r.id) IN (SELECT type, resource_id FROM ended))
  UPDATE resource SET readers = left_to.readers, readers_until = left_to.readers_until, trimmed = left_to.trimmed,
    tokens = ${tokensSql('resource', 'left_to.readers')}
  FROM left_to WHERE resource.type = left_to.type AND resource.id = left_to.id
  RETURNING resource.type, resource.id, resource.readers, resource.readers_until AS until, resource.trimmed`;

async function close(unit: UnitOfWork, ending: readonly Ending[], because: string): Promise<void> {
  if (ending.length === 0) return;
  const ids = ending.map((each) => each.share);
  for (const row of await unit.tx.query<ReadersRow>(CLOSE_SQL, [ids, unit.now, because])) unit.noteReaders(row, row);
}

/** What of a Task an organization needs, of what it was shown to understand and do it. */
export interface StillNeeded {
  readonly taskId: string;
  readonly organizationId: string;
  readonly needed: readonly LocalReference[];
  readonly because: string;
}

/** Ends what was shown as the reason for a Task, or sent along, and does not belong to it any more; documents with their content. */
export async function endOthers(
  unit: UnitOfWork,
  { taskId, organizationId, needed, because }: StillNeeded,
): Promise<void> {
  const kept = needed.map(({ type, id }) => `${type}/${id}`);
  await unit.flush();
  await close(unit, await unit.tx.query<Ending>(OTHERS_SQL, [taskId, organizationId, kept]), because);
}

/** A content is shown for the sake of the document that is ended here, and for that of no other. */
const OTHERS_SQL = `
  WITH other AS (
    SELECT s.id, s.type, s.resource_id FROM share s WHERE s.task_id = $1 AND s.organization_id = $2 AND s.ended_at IS NULL
      AND s.reason IN ('reason', 'supporting-information') AND s.type || '/' || s.resource_id <> ALL ($3::text[])),
  content AS (
    SELECT split_part(part -> 'attachment' ->> 'url', '/', 2) AS id
    FROM other JOIN resource d ON d.type = other.type AND d.id = other.resource_id
    CROSS JOIN LATERAL json_array_elements(CASE WHEN d.type = 'DocumentReference' THEN d.content -> 'content' ELSE '[]' END) AS part
    WHERE part -> 'attachment' ->> 'url' LIKE 'Binary/%')
  SELECT s.id::text AS share FROM share s JOIN resource r ON r.type = s.type AND r.id = s.resource_id
  WHERE s.task_id = $1 AND s.organization_id = $2 AND s.ended_at IS NULL AND (s.id IN (SELECT id FROM other)
    OR s.type = 'Binary' AND s.reason = 'document' AND s.resource_id IN (SELECT id FROM content)
      AND s.type || '/' || s.resource_id <> ALL ($3::text[]))
  ORDER BY r.type, r.id FOR NO KEY UPDATE OF r`;

const AT_ONCE = 200;
const DUE_SQL = `
  SELECT s.id::text AS share FROM share s JOIN resource r ON r.type = s.type AND r.id = s.resource_id
  WHERE s.ended_at IS NULL AND s.ends_at <= $1 ORDER BY r.type, r.id LIMIT ${AT_ONCE} FOR NO KEY UPDATE OF r`;

/** Ends the shares whose time is over. Several processes may do so at once. @returns how many there were */
export async function endDueShares(store: Store): Promise<number> {
  for (let ended = 0; ; ) {
    const some = await transact(store, { kind: 'hub', organizationId: hubOf(store) }, async (unit) => {
      const due = await unit.tx.query<Ending>(DUE_SQL, [unit.now]);
      await close(unit, due, TIME_OVER);
      return due.length;
    });
    ended += some;
    if (some < AT_ONCE) return ended;
  }
}

const TIME_OVER = 'time-over';
