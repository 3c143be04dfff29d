import type { Sql } from '../../../db/database.ts';
import { type Caller, ownValue } from '../../caller.ts';
import { seesRestricted } from '../../sharing/restricted.ts';

/**
 * Whether a caller may have been shown something at some time that it is shown no more: then files that were made at that
 * time give it fewer lines than they hold.
 */
export async function isGivenLess(sql: Sql, caller: Caller, since: Date): Promise<boolean> {
  const [organization] = ownValue(caller);
  const clauses = [
    ...(organization === undefined ? [] : [ENDED, LAPSED]),
    ...(seesRestricted(caller) ? [] : [RESTRICTED]),
  ];
  if (clauses.length === 0) return false;
  const values = organization === undefined ? [since] : [since, organization];
  const [row] = await sql.query<{ less: boolean }>(`SELECT ${clauses.join(' OR ')} AS less`, values);
  return row?.less ?? false;
}

const ENDED = 'EXISTS (SELECT 1 FROM share WHERE organization_id = $2 AND ended_at >= $1)';
/** What may not be read before it is decided anew. */
const LAPSED = `EXISTS (SELECT 1 FROM share WHERE organization_id = $2 AND ended_at IS NULL
  AND decide_again_at > $1 AND decide_again_at <= now())`;
const RESTRICTED = 'EXISTS (SELECT 1 FROM resource WHERE restricted AND last_updated >= $1)';
