import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { namesOneOf } from '../../fhir/audit/names.ts';
import { PERHAPS } from '../../fhir/audit/record/disclosures.ts';
import { type Caller, visibleTo } from '../../fhir/caller.ts';
import { seesRestricted } from '../../fhir/sharing/restricted.ts';

/** That something about a client was given to an organization. */
export interface Disclosure {
  /** The id of its AuditEvent. */
  readonly id: string;
  readonly at: string;
  readonly recipient: { readonly id: string; readonly name: string };
  /** `sent` by the hub, or `read` here by a program of theirs. */
  readonly how: 'sent' | 'read';
  /** What: a reference, or what was asked. */
  readonly what: string;
  /** A code of v3 PurposeOfUse; null where the reader did not say. */
  readonly purpose: string | null;
  /** Because of what, as a reference, e.g. the Task of the referral. */
  readonly basis: string | null;
  /** It may have arrived, or may not. */
  readonly perhaps: boolean;
}

/** The accounting of what of one client was disclosed: from the one time on, before the other. */
export interface Accounting {
  readonly patient: string;
  readonly since: string | null;
  readonly until: string | null;
  readonly made: string;
  readonly disclosures: readonly Disclosure[];
}

export interface Asked {
  readonly patient: string;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

const MOST = 10_000;

/** What partners were sent and what they read of a client; the hub's own work is no disclosure. Oldest first. */
export const disclosuresSql = (caller: Caller): string => `
  SELECT a.id::text AS id, a.recorded_at AS at, coalesce(a.recipient, a.organization_id) AS organization,
    o.content ->> 'name' AS name, a.interaction, a.resource_type AS type, a.resource_id AS "resourceId", a.query,
    a.purpose, a.basis, a.refusal
  FROM audit a
  LEFT JOIN resource o ON o.type = 'Organization' AND o.id = coalesce(a.recipient, a.organization_id)
  LEFT JOIN resource ON resource.type = a.resource_type AND resource.id = a.resource_id
  WHERE ${seesRestricted(caller) ? 'true' : 'resource.restricted IS NOT TRUE'} AND ${namesOneOf('$1')} AND a.patient = $1 AND a.recorded_at >= coalesce($2::timestamptz, '-infinity')
    AND a.recorded_at < coalesce($3::timestamptz, 'infinity')
    AND (a.interaction = 'disclosure' OR (a.interaction IS NOT NULL AND a.action IN ('R', 'E') AND a.refusal IS NULL
      AND a.organization_id <> $4))
  ORDER BY a.recorded_at, a.id LIMIT ${MOST + 1}`;

interface Row {
  readonly id: string;
  readonly at: Date;
  readonly organization: string;
  readonly name: string | null;
  readonly interaction: string;
  readonly type: string | null;
  readonly resourceId: string | null;
  readonly query: string | null;
  readonly purpose: string | null;
  readonly basis: string | null;
  readonly refusal: string | null;
}

/**
 * Accounts for what was disclosed of a client.
 * @throws AppError (404) when there is no such client, (422) when it is more than one answer holds
 */
export async function accountFor(
  sql: Sql,
  caller: Caller,
  asked: Asked,
  { hubOrg, now }: { readonly hubOrg: string; readonly now: Date },
): Promise<Accounting> {
  const { patient, since = null, until = null } = asked;
  const known = await sql.query(`SELECT 1 FROM resource WHERE type = 'Patient' AND id = $1 AND ${visibleTo(caller)}`, [
    patient,
  ]);
  if (known.length === 0)
    throw new AppError('notFound', 'disclosures.no-client', `There is no Patient/${patient} here.`);
  const rows = await sql.query<Row>(disclosuresSql(caller), [patient, since, until, hubOrg]);
  if (rows.length > MOST) {
    const text = `There are more than ${MOST} disclosures. Ask for a shorter time, with since and until.`;
    throw new AppError('unprocessable', 'disclosures.too-many', text);
  }
  return { patient, since, until, made: now.toISOString(), disclosures: rows.map(disclosureOf) };
}

function disclosureOf(row: Row): Disclosure {
  const { id, at, organization, name, interaction, type, resourceId, query, purpose, basis, refusal } = row;
  const resource = resourceId === null ? undefined : `${type}/${resourceId}`;
  return {
    id,
    at: at.toISOString(),
    recipient: { id: organization, name: name ?? organization },
    how: interaction === 'disclosure' ? 'sent' : 'read',
    what: [resource, query].filter((each) => each !== undefined && each !== null).join(', '),
    purpose,
    basis,
    perhaps: refusal === PERHAPS,
  };
}
