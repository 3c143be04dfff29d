import type { Database } from '../../src/db/database.ts';

/** The tables in which a text stands in some column, as text. */
export async function tablesWith(db: Database, text: string): Promise<string[]> {
  const tables = await db.query<{ name: string }>(
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1`,
  );
  const found: string[] = [];
  for (const { name } of tables) {
    const [row] = await db.query<{ count: string }>(
      `SELECT count(*)::text AS count FROM "${name}" t WHERE strpos(t::text, $1) > 0`,
      [text],
    );
    if (row?.count !== '0') found.push(name);
  }
  return found;
}
