import type { Database } from '../../src/db/database.ts';

/** The tables from which measures are counted, with what in them names a loop, and which values the database makes itself. */
const TABLES = [
  ['loop', 'id', ['asked_org']],
  ['transition', 'loop_id', ['id']],
  ['delivery', 'loop_id', ['seq', 'lane']],
] as const;

/**
 * Makes more loops to which the same happened as to one that was really played: their rows, as far as measures are counted
 * from them. They have no resources: the doctor would find that.
 */
export async function alike(db: Database, id: string, count: number): Promise<void> {
  for (const [table, name, made] of TABLES) {
    const rows = await db.query<{ row: Record<string, unknown> }>(
      `SELECT to_jsonb(t) AS row FROM ${table} t WHERE ${name} = $1`,
      [id],
    );
    const names = Object.keys(rows[0]?.row ?? {}).filter((each) => !(made as readonly string[]).includes(each));
    const own = table === 'delivery' ? `|| jsonb_build_object('id', gen_random_uuid())` : '';
    await db.query(
      `INSERT INTO ${table} (${names.join(', ')})
       SELECT ${names.map((each) => `made.${each}`).join(', ')}
       FROM generate_series(1, $3::int) AS n, jsonb_array_elements($1::jsonb) AS was
       CROSS JOIN LATERAL jsonb_populate_record(NULL::${table},
         replace(was::text, $2::text, $2::text || '-' || n)::jsonb ${own}) AS made`,
      [JSON.stringify(rows.map(({ row }) => row)), id, count],
    );
  }
}
