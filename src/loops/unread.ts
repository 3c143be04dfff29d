import { type Caller, ownId, visibleTo } from '../fhir/caller.ts';

/** Messages for a caller's organization that nobody there has read. */
function unreadSql(caller: Caller): string {
  return `FROM message m JOIN resource c ON c.type = 'Communication' AND c.id = m.id AND NOT c.deleted
    WHERE m.read_at IS NULL AND NOT m.withdrawn AND m.to_org = ${ownId(caller)} AND ${visibleTo(caller, 'c')}`;
}

/** How many there are about a loop: SQL beside `loop`. */
export function unreadOf(caller: Caller): string {
  return `(SELECT count(*)::int ${unreadSql(caller)} AND m.loop_id = loop.id)`;
}

/** The loops about which there is one, as an array. */
export function loopsWithUnread(caller: Caller): string {
  return `ARRAY(SELECT m.loop_id ${unreadSql(caller)})`;
}
