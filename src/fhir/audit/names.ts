import type { Sql } from '../../db/database.ts';

/**
 * Whether an entry `a` names one of these, as SQL that the index of names answers; which of its columns does is to be asked beside
 * it. The list is that of the index `audit_names`.
 * @param names placeholders
 */
export function namesOneOf(...names: readonly string[]): string {
  return `array_remove(ARRAY[a.resource_id, a.patient, a.basis, a.person_id, a.break_glass], NULL) && ARRAY[${names.join(', ')}]::text[]`;
}

/**
 * Puts what is new in that index into its place, rather than whoever writes when there is much of it.
 * @returns how many pages it was beside
 * @see https://www.postgresql.org/docs/15/gin-implementation.html#GIN-FAST-UPDATE
 */
export async function putNamesInPlace(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ pages: number }>('SELECT put_audit_names_in_place()::int AS pages');
  return row?.pages ?? 0;
}
