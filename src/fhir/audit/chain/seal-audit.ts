import type { Database, Sql } from '../../../db/database.ts';
import { writersHaveEnded } from '../../../db/writers.ts';
import { ENTRY_COLUMNS, type SealedEntry } from './entry-digest.ts';
import { type Seal, sealOf } from './seal.ts';

/** Most entries of one seal: about half a megabyte to read, and some milliseconds to hash. */
const MOST_ENTRIES = 1_000;
const PATIENCE = { polls: 100, everyMs: 20 };

/**
 * Seals what was written to the audit so far. Nobody waits for it: not those who write, nor another process that does
 * the same, which leaves it to the first.
 * @returns how many entries were sealed; 0 also when writers of before have not ended, which is for another time
 */
export async function sealAudit(db: Database, now: Date): Promise<number> {
  const upTo = await unsealedUpTo(db);
  // Ids are given out before they are committed: a smaller one may come after a larger one. When all who write now have ended, none up to it can.
  if (upTo === undefined || !(await writersHaveEnded(db, 'audit', PATIENCE))) return 0;
  let sealed = 0;
  for (let entries = MOST_ENTRIES; entries === MOST_ENTRIES; sealed += entries) {
    entries = await db.transaction((tx) => sealNext(tx, upTo, now));
  }
  return sealed;
}

/** The last entry, if it is not sealed. */
async function unsealedUpTo(sql: Sql): Promise<string | undefined> {
  const [row] = await sql.query<{ id: string | null }>(
    'SELECT max(id)::text AS id FROM audit WHERE id > (SELECT last_id FROM audit_head)',
  );
  return row?.id ?? undefined;
}

interface Head {
  readonly number: number;
  readonly lastId: string;
  readonly hash: string;
}

async function sealNext(tx: Sql, upTo: string, now: Date): Promise<number> {
  const [head] =
    await tx.query<Head>(`SELECT number::int AS number, last_id::text AS "lastId", encode(hash, 'hex') AS hash
    FROM audit_head FOR UPDATE SKIP LOCKED`);
  if (!head) return 0;
  const entries = await tx.query<SealedEntry>(
    `SELECT ${ENTRY_COLUMNS} FROM audit WHERE id > $1 AND id <= $2 ORDER BY audit.id LIMIT $3`,
    [head.lastId, upTo, MOST_ENTRIES],
  );
  const lastId = entries.at(-1)?.id;
  if (!lastId) return 0;
  const link = {
    number: head.number + 1,
    sealedAt: `${now.getTime()}000`,
    afterId: head.lastId,
    lastId,
    previous: head.hash,
  };
  await keep(tx, sealOf(link, entries));
  return entries.length;
}

async function keep(tx: Sql, seal: Seal): Promise<void> {
  const { number, sealedAt, afterId, lastId, entries, marks, content, previous, hash } = seal;
  await tx.query(
    `INSERT INTO audit_seal (number, sealed_at, after_id, last_id, entries, marks, content, previous, hash)
     VALUES ($1, $2, $3, $4, $5, decode($6, 'hex'), decode($7, 'hex'), decode($8, 'hex'), decode($9, 'hex'))`,
    [number, new Date(Number(sealedAt) / 1_000), afterId, lastId, entries, marks, content, previous, hash],
  );
  await tx.query(`UPDATE audit_head SET number = $1, last_id = $2, hash = decode($3, 'hex')`, [number, lastId, hash]);
}
