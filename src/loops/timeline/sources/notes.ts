import { named } from '../../names.ts';
import type { TimelineEntry } from '../api.ts';
import { apartSql } from './apart.ts';
import { instantOf, sourceOf } from './source.ts';

interface Noted extends Pick<Extract<TimelineEntry, { kind: 'note' }>, 'of' | 'author' | 'text' | 'apart'> {
  /** FHIR dateTime: a day will do. */
  readonly time: string | null;
  /** Who said it, of what is kept apart. */
  readonly authorOrg?: string;
}

/** When the note at a place of a list came to be there: lists of notes only grow. */
const RECORDED_SQL = `(SELECT v.last_updated FROM resource_version v
    WHERE v.type = carrier.type AND v.id = carrier.id AND json_array_length(v.content -> 'note') >= listed.place
    ORDER BY v.version LIMIT 1)`;

/** Who may read a note may know who wrote it. */
const AUTHOR_NAME_SQL = `(SELECT content ->> 'name' FROM resource WHERE type = 'Organization'
    AND id = substr(note -> 'authorReference' ->> 'reference', ${'Organization/'.length + 1}))`;

/**
 * Notes on what is asked and on the Tasks. Who is asked is sent what stood on the referral: what stands on several of those
 * that a viewer may see, was said once, where it was said first.
 */
export const notes = sourceOf<Noted>({
  kind: 'note',
  sql: ({
    caller,
  }) => `(SELECT DISTINCT ON (note::text) recorded_at, recorded_at, type || '/' || id || '/' || lpad(place::text, 4, '0'),
      json_build_object('of', of, 'text', note ->> 'text', 'time', note ->> 'time',
        'apart', NULL, 'author', COALESCE(note ->> 'authorString', note -> 'authorReference' ->> 'display', ${AUTHOR_NAME_SQL}))
    FROM (SELECT carrier.*, listed.note::jsonb AS note, listed.place, ${RECORDED_SQL} AS recorded_at
      FROM (SELECT 'ServiceRequest' AS type, id, said, 'request' AS of, 1 AS first FROM request
          UNION ALL SELECT 'Task', id, said, CASE WHEN id = $1 THEN 'root' ELSE 'leg' END, CASE WHEN id = $1 THEN 0 ELSE 2 END
            FROM task) AS carrier
        CROSS JOIN LATERAL json_array_elements(CASE WHEN json_typeof(carrier.said -> 'note') = 'array'
          THEN carrier.said -> 'note' ELSE '[]' END) WITH ORDINALITY AS listed(note, place)) AS noted
    WHERE recorded_at IS NOT NULL
    ORDER BY note::text, recorded_at, first, id) UNION ALL ${apartSql(caller)}`,
  organizations: ({ authorOrg }) => [authorOrg ?? null],
  entry: (moment, { time, authorOrg, ...noted }, { names }) => ({
    ...moment,
    kind: 'note',
    ...(time?.includes('T') ? { at: instantOf(time) } : {}),
    ...noted,
    ...(authorOrg ? { author: named(authorOrg, names).name } : {}),
  }),
});
