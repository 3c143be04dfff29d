import type { Sql } from '../../db/database.ts';

/** What references to other servers are accepted: to those this hub knows, or to any. */
export interface ServerPolicy {
  readonly servers: 'known' | 'any';
  /** The addresses of servers that are known, beside those of the Endpoints here. */
  readonly bases: readonly string[];
}

/** Which of these absolute references lead to no server this hub knows. */
export async function toStrangers(
  sql: Sql,
  policy: ServerPolicy,
  references: readonly string[],
): Promise<ReadonlySet<string>> {
  if (policy.servers === 'any') return new Set();
  const beyond = references.filter((reference) => !policy.bases.some((base) => isBelow(reference, base)));
  if (beyond.length === 0) return new Set();
  // The hub's own question: whom it exchanges with, whoever asks.
  const endpoints = await sql.query<{ address: string | null }>(
    `SELECT content->>'address' AS address FROM resource WHERE type = 'Endpoint' AND NOT deleted`,
  );
  const addresses = endpoints.flatMap(({ address }) => address ?? []);
  return new Set(beyond.filter((reference) => !addresses.some((address) => isBelow(reference, address))));
}

/** Whether an address lies below another; `https://ehr.example` has nothing of `https://ehr.example.evil`. Pure. */
export function isBelow(reference: string, base: string): boolean {
  const whole = base.endsWith('/') ? base : `${base}/`;
  return base !== '' && reference.startsWith(whole);
}
