import type { UnitOfWork } from '../store/unit-of-work.ts';
import type { ReadersRow } from './readers.ts';
import { readersSql, tokensSql, trimmedSql, untilSql } from './readers-sql.ts';
import type { Ruling } from './shared.ts';

/** An open share that was decided anew. */
export interface Redecided {
  /** The number of the share, as text. */
  readonly id: string;
  /** Why it was withheld until now; null: it was not. */
  readonly was: string | null;
  readonly ruling: Ruling;
}

/**
 * Carries out what was decided anew about shares whose resources are held: one that is withheld now ends, and stands on as
 * one that waits; one that is permitted now begins. Readers follow in the same transaction.
 */
export async function redecide(unit: UnitOfWork, changes: readonly Redecided[], because: string): Promise<void> {
  if (changes.length === 0) return;
  const ended = changes.filter(({ was, ruling }) => was === null && ruling.withheld).map(({ id }) => id);
  if (ended.length > 0) await unit.tx.query(END_SQL, [ended, unit.now, because]);
  const kept = changes.filter(({ id }) => !ended.includes(id));
  if (kept.length > 0) await unit.tx.query(RULE_SQL, [kept.map(({ id }) => id), ...columns(kept), unit.now]);
  if (ended.length > 0)
    await unit.tx.query(WAIT_SQL, [ended, columns(changes.filter(({ id }) => ended.includes(id)))[1]]);
  await writeReaders(
    unit,
    changes.map(({ id }) => id),
  );
}

/** Writes who reads what of the resources of some shares, as all their shares have it. @param shares their numbers, as text */
export async function writeReaders(unit: UnitOfWork, shares: readonly string[]): Promise<void> {
  for (const row of await unit.tx.query<ReadersRow>(READERS_SQL, [shares])) unit.noteReaders(row, row);
}

function columns(
  changes: readonly Redecided[],
): [withheld: (string | null)[], until: (Date | null)[], consents: string[]] {
  return [
    changes.map(({ ruling }) => ruling.withheld ?? null),
    changes.map(({ ruling }) => ruling.until ?? null),
    // Lists within lists must be of one length: these are read back from text.
    changes.map(({ ruling }) => JSON.stringify(ruling.consents)),
  ];
}

const END_SQL = `
  UPDATE share SET ended_at = $2, end_reason = $3 WHERE id = ANY ($1::bigint[])`;

const WAIT_SQL = `
  INSERT INTO share (type, resource_id, organization_id, reason, loop_id, task_id, granted_at, ends_at, client, shown, withheld, withheld_at, decide_again_at)
  SELECT s.type, s.resource_id, s.organization_id, s.reason, s.loop_id, s.task_id, s.ended_at, s.ends_at, s.client, s.shown, 'obtain-consent', s.ended_at, r.until
  FROM unnest($1::bigint[], $2::timestamptz[]) AS r(id, until) JOIN share s ON s.id = r.id`;

const RULE_SQL = `
  UPDATE share SET withheld = r.withheld, decide_again_at = r.until,
    consents = ARRAY(SELECT json_array_elements_text(r.consents::json)),
    granted_at = CASE WHEN share.withheld IS NOT NULL AND r.withheld IS NULL THEN $5 ELSE granted_at END
  FROM unnest($1::bigint[], $2::text[], $3::timestamptz[], $4::text[]) AS r(id, withheld, until, consents)
  WHERE share.id = r.id`;

const READERS_SQL = `
  WITH made AS (
    SELECT r.type, r.id, ${readersSql('r')} AS readers, ${untilSql('r')} AS until, ${trimmedSql('r')} AS trimmed
    FROM resource r WHERE (r.type, r.id) IN (SELECT type, resource_id FROM share WHERE id = ANY ($1::bigint[])))
  UPDATE resource SET readers = made.readers, readers_until = made.until, trimmed = made.trimmed, tokens = ${tokensSql('resource', 'made.readers')}
  FROM made WHERE resource.type = made.type AND resource.id = made.id
  RETURNING resource.type, resource.id, resource.readers, resource.readers_until AS until, resource.trimmed`;
