import type { Sql } from '../../db/database.ts';
import { type Caller, ownId, visibleTo } from '../../fhir/caller.ts';
import type { TimelineEntry } from '../api.ts';
import { type Names, named } from '../names.ts';

/** A message about a loop, as its timeline tells of it. */
export interface SaidRow {
  readonly id: string;
  readonly from_org: string;
  readonly to_org: string;
  readonly by: string | null;
  readonly said_at: Date;
  readonly answer_by: Date | null;
  readonly answered: boolean;
  readonly withdrawn: boolean;
  readonly excerpt: string | null;
}

/** The messages about a loop that a caller may read, oldest first. */
export function saidRows(sql: Sql, caller: Caller, loopId: string): Promise<SaidRow[]> {
  return sql.query<SaidRow>(saidSql(caller), [loopId]);
}

/** Of a long one its beginning is told. */
export function saidSql(caller: Caller): string {
  return `SELECT m.id, m.from_org, m.to_org, p.name AS by, m.said_at, m.answer_by, m.answered_by IS NOT NULL AS answered, m.withdrawn,
      CASE WHEN NOT m.withdrawn THEN left(jsonb_path_query_first(c.content::jsonb, '$.payload[*].contentString') #>> '{}', 280) END AS excerpt
    FROM message m JOIN resource c ON c.type = 'Communication' AND c.id = m.id AND NOT c.deleted
      LEFT JOIN person p ON p.id = m.person_id
    WHERE m.loop_id = $1 AND ${visibleTo(caller, 'c')} ORDER BY m.seq`;
}

/** How many messages about a loop are for a caller's organization, and nobody there has read them: SQL beside `loop`. */
export function unreadOf(caller: Caller): string {
  return `(SELECT count(*)::int FROM message m JOIN resource c ON c.type = 'Communication' AND c.id = m.id AND NOT c.deleted
    WHERE m.loop_id = loop.id AND m.read_at IS NULL AND NOT m.withdrawn AND m.to_org = ${ownId(caller)} AND ${visibleTo(caller, 'c')})`;
}

export function toSaid(row: SaidRow, names: Names): TimelineEntry {
  const at = row.said_at.toISOString();
  return {
    id: `m${row.id}`,
    at,
    recordedAt: at,
    kind: 'message',
    from: named(row.from_org, names),
    by: row.by,
    to: named(row.to_org, names),
    excerpt: row.excerpt,
    answerBy: row.answer_by?.toISOString() ?? null,
    answered: row.answered,
    withdrawn: row.withdrawn,
  };
}

/** Two that are each in order, in one. Of the same moment the first of `a` stand before those of `b`. Pure. */
export function inOrder(a: readonly TimelineEntry[], b: readonly TimelineEntry[]): TimelineEntry[] {
  if (b.length === 0) return [...a];
  return [...a, ...b].sort((x, y) => x.recordedAt.localeCompare(y.recordedAt));
}
