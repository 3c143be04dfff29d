import type { Coding } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';

/** What the audit says that a partner changed, and nothing else says where it came from. */
export interface PartnerChange {
  /** The id of the entry, as text. */
  readonly entry: string;
  readonly at: Date;
  readonly action: 'C' | 'U' | 'D';
  /** The id of the Organization of who changed it. */
  readonly organization: string;
  readonly client: string | null;
  readonly person: string | null;
  readonly type: string;
  readonly id: string;
  readonly version: number;
  /** The labels that it has, or had at last: it may be deleted in the meantime. */
  readonly labels: readonly Coding[] | null;
}

/** Which entries: ids as text. */
export interface Stretch {
  readonly after: string;
  readonly upTo: string;
}

/** The id of the Provenance that is made of an entry: so there is never a second one. */
export const ID_OF = 'change-';

/**
 * Of the entries `a` above $1 and up to $2, those of what others than the hub ($3) changed, but for Provenances: those
 * that none was made of, and of which their transaction said nothing itself. Sub-selects, so that they are asked of each
 * by its keys.
 */
const PENDING = `a.id > $1::bigint AND a.id <= $2::bigint AND a.action IN ('C', 'U', 'D') AND a.interaction IS NULL
  AND a.organization_id <> $3 AND a.version IS NOT NULL AND a.resource_type NOT IN ('Provenance', 'AuditEvent')
  AND (SELECT p.id FROM resource p WHERE p.type = 'Provenance' AND p.id = '${ID_OF}' || a.id) IS NULL
  AND (SELECT p.id FROM audit s JOIN resource p ON p.type = 'Provenance' AND p.id = s.resource_id
    WHERE s.recorded_at = a.recorded_at AND s.resource_type = 'Provenance' AND s.request_id IS NOT DISTINCT FROM a.request_id
      AND p.author_org IN ($3, a.organization_id)
      AND p.tokens @> ARRAY['Provenance.target=' || a.resource_type || '/' || a.resource_id] LIMIT 1) IS NULL`;

const SELECT = `SELECT a.id::text AS entry, a.recorded_at AS at, a.action, a.organization_id AS organization,
    a.client_id AS client, a.person_id AS person, a.resource_type AS type, a.resource_id AS id, a.version,
    (SELECT coalesce(r.content #> '{meta,security}', (SELECT h.content #> '{meta,security}' FROM resource_history h
        WHERE r.deleted AND h.type = r.type AND h.id = r.id AND NOT h.deleted ORDER BY h.version DESC LIMIT 1))
      FROM resource r WHERE r.type = a.resource_type AND r.id = a.resource_id) AS labels
  FROM audit a WHERE ${PENDING} ORDER BY a.id LIMIT $4::int`;

/** The first of them, in the order of the audit. @param hub the id of the hub's Organization */
export function partnerChanges(
  sql: Sql,
  { after, upTo }: Stretch,
  hub: string,
  most: number,
): Promise<PartnerChange[]> {
  return sql.query<PartnerChange>(SELECT, [after, upTo, hub, most]);
}

/** Whether there are any. */
export async function areTherePartnerChanges(sql: Sql, { after, upTo }: Stretch, hub: string): Promise<boolean> {
  const found = await sql.query(`SELECT 1 FROM audit a WHERE ${PENDING} ORDER BY a.id LIMIT 1`, [after, upTo, hub]);
  return found.length > 0;
}
