import type { Sql } from '../db/database.ts';

/** Who there is at the hub to look at what waits too long. */
export interface Staff {
  /** Somebody reads the worklist: a case manager or a supervisor. */
  readonly readsWorklist: boolean;
  readonly supervises: boolean;
}

/**
 * Who of the people of the hub's own organization may sign in, in one row; $1: the hub's organization. Where no person
 * works there, its programs do what people would.
 */
export const STAFF_SQL = `SELECT
    coalesce(bool_or(role IN ('case-manager', 'supervisor', 'program')), false) AS "readsWorklist",
    coalesce(bool_or(role IN ('supervisor', 'program')), false) AS supervises
  FROM (SELECT unnest(roles) AS role FROM person WHERE active AND organization_id = $1
    UNION SELECT 'program' FROM client WHERE organization_id = $1 AND revoked_at IS NULL
      AND NOT EXISTS (SELECT FROM person WHERE active AND organization_id = $1)) staff`;

/** Who is there just now. @param hubOrg the hub's own organization */
export async function staffOf(sql: Sql, hubOrg: string): Promise<Staff> {
  const [staff] = await sql.query<Staff>(STAFF_SQL, [hubOrg]);
  return staff ?? { readsWorklist: false, supervises: false };
}
