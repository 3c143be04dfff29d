import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { type Caller, visibleTo } from '../../fhir/caller.ts';

/** Something that an organization could read because a Consent permitted it. */
export interface DisclosedUnder {
  readonly recipient: { readonly id: string; readonly name: string };
  readonly resource: string;
  readonly from: string;
  /** Null: it still can. */
  readonly until: string | null;
  readonly endedBecause: string | null;
}

interface Row {
  readonly id: string;
  readonly name: string | null;
  readonly resource: string;
  readonly from: Date;
  readonly until: Date | null;
  readonly because: string | null;
}

/**
 * What was open to whom under a Consent, withdrawn or not: what cannot be taken back where it was read. What was sent and
 * read of it is in the accounting of disclosures.
 * @throws AppError (404) when there is no such Consent for the caller
 */
export async function disclosedUnder(sql: Sql, caller: Caller, consentId: string): Promise<DisclosedUnder[]> {
  const known = await sql.query(`SELECT 1 FROM resource WHERE type = 'Consent' AND id = $1 AND ${visibleTo(caller)}`, [
    consentId,
  ]);
  if (known.length === 0) throw new AppError('notFound', 'consent.not-found', `There is no Consent/${consentId} here.`);
  const rows = await sql.query<Row>(underSql(caller), [[`Consent/${consentId}`]]);
  return rows.map(({ id, name, resource, from, until, because }) => ({
    recipient: { id, name: name ?? id },
    resource,
    from: from.toISOString(),
    until: until?.toISOString() ?? null,
    endedBecause: because,
  }));
}

function underSql(caller: Caller): string {
  return `
    SELECT s.organization_id AS id, o.content ->> 'name' AS name, s.type || '/' || s.resource_id AS resource,
      s.granted_at AS "from", s.ended_at AS until, s.end_reason AS because
    FROM share s JOIN resource ON resource.type = s.type AND resource.id = s.resource_id
      LEFT JOIN resource o ON o.type = 'Organization' AND o.id = s.organization_id
    WHERE s.consents @> $1::text[] AND s.withheld IS NULL AND ${visibleTo(caller)}
    ORDER BY s.granted_at, s.id`;
}
