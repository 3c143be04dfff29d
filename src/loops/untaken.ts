import { type Caller, ownId } from '../fhir/caller.ts';

/** What was found on servers of organizations and could not be taken so far, as far as it concerns the caller. */
function untakenSql(caller: Caller): string {
  const own = caller.kind === 'client' ? ` AND f.organization_id = ${ownId(caller)}` : '';
  return `FROM fetch_finding f WHERE f.resolved_at IS NULL${own}`;
}

/** How much there is of a loop: SQL beside `loop`. */
export function untakenOf(caller: Caller): string {
  return `(SELECT count(*)::int ${untakenSql(caller)} AND f.loop_id = loop.id)`;
}

/** The loops of which there is any, as an array. */
export function loopsWithUntaken(caller: Caller): string {
  return `ARRAY(SELECT f.loop_id ${untakenSql(caller)})`;
}
