import { type Caller, contentFor, visibleTo } from '../../fhir/caller.ts';
import type { Viewer } from '../worklist/viewer.ts';
import { TIMELINE_KINDS, type TimelineKind } from './api.ts';
import type { TimelineOrder } from './query.ts';
import { SOURCES } from './sources/all.ts';

/**
 * One page of a timeline, in one statement: what each source has behind a place, no more of each than a page, merged.
 * $1: the loop; $2, $3, $4: behind which place (when, rank, key), or NULL; $5: how many; $6: the Tasks whose changes concern
 * the viewer. Each source reads what an index gives it of this one loop.
 * @returns undefined when the viewer is shown none of these kinds
 */
export function pageSql(viewer: Viewer, kinds: readonly TimelineKind[], order: TimelineOrder): string | undefined {
  const branches = TIMELINE_KINDS.filter((kind) => kinds.includes(kind)).flatMap((kind) => branch(viewer, kind, order));
  if (branches.length === 0) return undefined;
  return `WITH asked AS (SELECT $6::text[] AS tasks), ${ofLoop(viewer.caller)}
    SELECT *, to_char(recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS place
    FROM (${branches.join(' UNION ALL ')}) AS entry ${inOrder(order)} LIMIT $5`;
}

function branch(viewer: Viewer, kind: TimelineKind, order: TimelineOrder): string[] {
  const sql = SOURCES[kind].sql(viewer);
  if (sql === undefined) return [];
  const rank = TIMELINE_KINDS.indexOf(kind);
  return [
    `(SELECT '${kind}' AS kind, ${rank} AS rank, source.recorded_at, source.at, source.key COLLATE "C" AS key, source.body
      FROM (${sql}) AS source(recorded_at, at, key, body)
      WHERE $2::timestamptz IS NULL
        OR (source.recorded_at, ${rank}, source.key COLLATE "C") ${order === 'newest' ? '<' : '>'} ($2, $3::int, $4::text)
      ${inOrder(order)} LIMIT $5::int)`,
  ];
}

function inOrder(order: TimelineOrder): string {
  const way = order === 'newest' ? 'DESC' : 'ASC';
  return `ORDER BY recorded_at ${way}, rank ${way}, key ${way}`;
}

/** The Tasks and requests of a loop that a caller may see, as it is given them. */
function ofLoop(caller: Caller): string {
  const content = contentFor(caller, 'r');
  const seen = `NOT r.deleted AND ${visibleTo(caller, 'r')}`;
  return `task AS (
      SELECT r.id, ${content} AS said FROM resource r WHERE r.type = 'Task' AND r.id = $1 AND ${seen}
      UNION ALL SELECT r.id, ${content} FROM resource r
        WHERE r.type = 'Task' AND r.tokens @> ARRAY['Task.part-of=Task/' || $1::text] AND ${seen}),
    request AS (
      SELECT r.id, ${content} AS said FROM resource r
      WHERE r.type = 'ServiceRequest' AND ${seen}
        AND r.id IN (SELECT substr(task.said -> 'focus' ->> 'reference', ${'ServiceRequest/'.length + 1}) FROM task))`;
}
