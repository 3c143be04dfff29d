import type { Sql } from '../../db/database.ts';

const DAY_MS = 86_400_000;
/** How long it is kept how often somebody was refused, in days; the audit keeps it for good. */
const REFUSALS_DAYS = 365;

/** Removes what cannot be used any more: assertions and tokens that have expired, and counts of refusals of long ago. */
export async function tidyTokens(sql: Sql, now: Date): Promise<void> {
  // A clock may be set back by a little: what is used once stays so.
  const yesterday = new Date(now.getTime() - DAY_MS);
  await sql.query('DELETE FROM used_assertion WHERE expires_at < $1', [yesterday]);
  await sql.query('DELETE FROM access_token WHERE expires_at < $1', [yesterday]);
  await sql.query('DELETE FROM refusal WHERE minute < $1', [new Date(now.getTime() - REFUSALS_DAYS * DAY_MS)]);
}
