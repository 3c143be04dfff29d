import { type Caller, ownId, visibleTo } from '../fhir/caller.ts';

/** How many messages about a loop are for a caller's organization, and nobody there has read them: SQL beside `loop`. */
export function unreadOf(caller: Caller): string {
  return `(SELECT count(*)::int FROM message m JOIN resource c ON c.type = 'Communication' AND c.id = m.id AND NOT c.deleted
    WHERE m.loop_id = loop.id AND m.read_at IS NULL AND NOT m.withdrawn AND m.to_org = ${ownId(caller)} AND ${visibleTo(caller, 'c')})`;
}
