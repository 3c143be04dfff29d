import type { Sql } from '../db/database.ts';

/** The names of organizations by their ids. */
export type Names = ReadonlyMap<string, string>;

export function named(id: string, names: Names): { id: string; name: string } {
  return { id, name: names.get(id) ?? id };
}

/** The names of organizations by id, for lists and pages. */
export async function organizationNames(sql: Sql, ids: readonly string[]): Promise<Names> {
  const rows = await sql.query<{ id: string; name: string | null }>(
    `SELECT id, content ->> 'name' AS name FROM resource WHERE type = 'Organization' AND id = ANY($1::text[])`,
    [[...new Set(ids)]],
  );
  return new Map(rows.map(({ id, name }) => [id, name ?? id]));
}
