import type { Sql } from '../db/database.ts';
import { PROTECTION_WORKER } from '../fhir/sharing/restricted.ts';

/** Who there is at the hub to look at what waits too long. */
export interface Staff {
  /** Somebody reads the worklist: a case manager or a supervisor. */
  readonly readsWorklist: boolean;
  readonly supervises: boolean;
}

/**
 * Who of the people of the hub's own organization ($1) may sign in and sees a loop: of what is restricted, those whose role
 * that is. Where no person works there, its programs do what people would.
 * @param restricted SQL
 */
export function staffSql(restricted: 'true' | 'false' | '$2::boolean'): string {
  const people = 'FROM person WHERE active AND organization_id = $1';
  return `SELECT coalesce(bool_or(roles && '{case-manager,supervisor}'), false) AS "readsWorklist",
      coalesce(bool_or('supervisor' = ANY (roles)), false) AS supervises
    FROM (SELECT roles ${people} AND ${seesLoop(restricted)}
      UNION ALL SELECT '{supervisor}'::text[] FROM client
        WHERE organization_id = $1 AND revoked_at IS NULL AND NOT ${restricted} AND NOT EXISTS (SELECT ${people})) AS staff`;
}

/** Whether somebody of the hub is shown a loop, by its roles. @param restricted SQL */
export function seesLoop(restricted: string): string {
  return `(NOT ${restricted} OR '${PROTECTION_WORKER}' = ANY (roles))`;
}

export const STAFF_SQL = staffSql('$2::boolean');

/** Who there is just now for a loop. @param hubOrg the hub's own organization */
export async function staffOf(sql: Sql, hubOrg: string, restricted: boolean): Promise<Staff> {
  const [staff] = await sql.query<Staff>(STAFF_SQL, [hubOrg, restricted]);
  return staff ?? { readsWorklist: false, supervises: false };
}
