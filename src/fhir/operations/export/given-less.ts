import type { Sql } from '../../../db/database.ts';
import { type Caller, ownValue, visibleTo } from '../../caller.ts';
import { PROTECTION_WORKER, RESTRICTED_LABEL, seesRestricted } from '../../sharing/restricted.ts';

/**
 * Whether a caller may have been shown something at some time that it is shown no more: then files that were made at that
 * time give it fewer lines than they hold. Of what is part of a mandated report, and was one then, nothing is told to who is
 * not shown it: not even that there is one.
 */
export async function isGivenLess(sql: Sql, caller: Caller, since: Date): Promise<boolean> {
  const [organization] = ownValue(caller);
  const mayKnow = seesRestricted(caller) ? '' : ` AND ${KNOWN_OF_SHARE}`;
  const clauses = [
    ...(organization === undefined ? [] : [ended(mayKnow), lapsed(mayKnow)]),
    ...(seesRestricted(caller) ? [] : [becameRestricted(caller)]),
  ];
  if (clauses.length === 0) return false;
  const values = organization === undefined ? [since] : [since, organization];
  const [row] = await sql.query<{ less: boolean }>(`SELECT ${clauses.join(' OR ')} AS less`, values);
  return row?.less ?? false;
}

function ended(mayKnow: string): string {
  return `EXISTS (SELECT 1 FROM share WHERE organization_id = $2 AND ended_at >= $1${mayKnow})`;
}

/** What may not be read before it is decided anew. */
function lapsed(mayKnow: string): string {
  return `EXISTS (SELECT 1 FROM share WHERE organization_id = $2 AND ended_at IS NULL
    AND decide_again_at > $1 AND decide_again_at <= now()${mayKnow})`;
}

/** Whether a resource was there at that time, and no part of a mandated report. */
const WAS_OPEN = `(SELECT NOT v.deleted AND NOT v.content::jsonb @> '{"meta": {"security": [{"code": "${RESTRICTED_LABEL}"}]}}'
  FROM resource_version v WHERE v.type = resource.type AND v.id = resource.id AND v.last_updated <= $1
  ORDER BY v.version DESC LIMIT 1)`;

const KNOWN_OF_SHARE = `EXISTS (SELECT 1 FROM resource WHERE resource.type = share.type AND resource.id = share.resource_id
  AND (NOT restricted OR ${WAS_OPEN}))`;

/** What the caller would see if it had not become part of a mandated report since. */
function becameRestricted(caller: Caller): string {
  const unlessRestricted = visibleTo({ ...caller, roles: [PROTECTION_WORKER] });
  return `EXISTS (SELECT 1 FROM resource WHERE restricted AND last_updated >= $1 AND ${unlessRestricted} AND ${WAS_OPEN})`;
}
