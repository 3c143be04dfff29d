import type { Sql } from '../../db/database.ts';
import { mailboxIn } from '../../outbound/mailto.ts';

/** Where an organization is written to that has no server: an Endpoint of its own whose address is a mailbox. */
export interface Mailbox {
  readonly endpointId: string;
  /** As a mail is addressed: without `mailto:`. */
  readonly address: string;
}

/**
 * The mailbox that answers for an organization; undefined: there is none, or it was switched off (Endpoint.status).
 * @see https://hl7.org/fhir/R4/endpoint-definitions.html#Endpoint.address (mailto)
 */
export async function mailboxOf(sql: Sql, organizationId: string): Promise<Mailbox | undefined> {
  const rows = await sql.query<{ id: string; address: string | null; status: string }>(MAILBOXES_SQL, [
    [`Endpoint.organization=Organization/${organizationId}`],
  ]);
  for (const { id, address, status } of rows) {
    const box = mailboxIn(address ?? '');
    if (box && status === 'active') return { endpointId: id, address: box };
  }
  return undefined;
}

export const MAILBOXES_SQL = `
  SELECT id, content ->> 'address' AS address, content ->> 'status' AS status FROM resource
  WHERE type = 'Endpoint' AND NOT deleted AND tokens @> $1::text[] ORDER BY id`;
