import type { Sql } from '../../db/database.ts';

/** What organizations are called, by their ids; those without a name are missing. */
export async function organizationNames(sql: Sql, ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const rows = await sql.query<{ id: string; name: string | null }>(
    `SELECT id, content ->> 'name' AS name FROM resource WHERE type = 'Organization' AND id = ANY ($1::text[])`,
    [[...new Set(ids)]],
  );
  return new Map(rows.flatMap(({ id, name }) => (name === null ? [] : [[id, name] as const])));
}

/** What an organization is called. */
export async function organizationName(sql: Sql, id: string): Promise<string> {
  return (await organizationNames(sql, [id])).get(id) ?? '';
}
