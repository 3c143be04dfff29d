import type { Sql } from '../../src/db/database.ts';

/** Tables in which it is only counted who asked, and who was refused. */
export const COUNTS = "('rate_count', 'refusal')";

/** Where rows of a table are that say what was changed. */
export function changesIn(table: string): string {
  return table === 'audit' ? ' WHERE interaction IS NULL' : '';
}

/**
 * What stands in every table: how many rows, and a digest of what they hold. Equal before and after: nothing was written.
 * That somebody asked, or was refused, is in the audit beside what was changed, and is counted; both are left out.
 */
export async function written(sql: Sql): Promise<Record<string, string>> {
  const tables = await sql.query<{ name: string }>(
    `SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ${COUNTS} ORDER BY tablename`,
  );
  const counted = tables.map(
    ({ name }) =>
      `SELECT '${name}' AS name, count(*) || ' ' || coalesce(md5(string_agg(t::text, ',' ORDER BY t::text)), '') AS held FROM ${name} t${changesIn(name)}`,
  );
  const rows = await sql.query<{ name: string; held: string }>(counted.join(' UNION ALL '));
  return Object.fromEntries(rows.map(({ name, held }) => [name, held]));
}
