import { randomUUID } from 'node:crypto';
import type { Database } from '../../src/db/database.ts';

/** The tables from which measures are counted, with what in them names a loop. */
const TABLES = [
  ['loop', 'id'],
  ['transition', 'loop_id'],
  ['delivery', 'loop_id'],
] as const;

/**
 * Makes more loops to which the same happened as to one that was really played: their rows, as far as measures are counted
 * from them. They have no resources: the doctor would find that.
 */
export async function alike(db: Database, id: string, count: number): Promise<void> {
  for (let n = 1; n <= count; n += 1) {
    for (const [table, name] of TABLES) {
      const rows = await db.query<{ row: Record<string, unknown> }>(
        `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${name} = $1`,
        [id],
      );
      for (const { row } of rows) await insert(db, table, renamed(row, id, `${id}-${n}`));
    }
  }
}

function renamed({ lane: _lane, seq: _seq, ...row }: Record<string, unknown>, id: string, to: string): object {
  const { id: own, ...others } = JSON.parse(JSON.stringify(row).replaceAll(`"${id}"`, `"${to}"`)) as { id: unknown };
  // The database numbers what happens itself.
  if (typeof own === 'number') return others;
  return { id: own === to ? to : randomUUID(), ...others };
}

async function insert(db: Database, table: string, row: object): Promise<void> {
  const names = Object.keys(row).join(', ');
  await db.query(
    `INSERT INTO ${table} (${names}) SELECT ${names} FROM jsonb_populate_record(NULL::${table}, $1::jsonb)`,
    [JSON.stringify(row)],
  );
}
