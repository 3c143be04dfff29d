import { EVERYBODY, READER_KEY, TYPES_FOR_EVERYBODY } from './readers.ts';

const TYPES = TYPES_FOR_EVERYBODY.map((type) => `'${type}'`).join(', ');

/**
 * SQL of the readers of a row of `resource`: everybody, or its author's organization and those it is shared with.
 * @param counts a further condition on the rows `s` of `share`
 */
export function readersSql(row: string, counts = 'true'): string {
  return `CASE WHEN ${row}.type IN (${TYPES}) THEN ARRAY['${EVERYBODY}'] ELSE ARRAY(
      SELECT ${row}.author_org UNION SELECT s.organization_id FROM share s
      WHERE s.type = ${row}.type AND s.resource_id = ${row}.id AND s.ended_at IS NULL AND s.withheld IS NULL AND ${counts}) END`;
}

/** SQL of the moment from which a row of `resource` must not be read before it is decided anew; its author may. */
export function untilSql(row: string, counts = 'true'): string {
  return `(SELECT min(s.decide_again_at) FROM share s
      WHERE s.type = ${row}.type AND s.resource_id = ${row}.id AND s.ended_at IS NULL AND s.withheld IS NULL AND ${counts})`;
}

/** SQL of what readers are shown of a row of `resource` where that is not all; NULL: all of them read all of it. */
export function trimmedSql(row: string, counts = 'true'): string {
  return `(SELECT jsonb_object_agg(cut.organization_id, cut.words) FROM (
      SELECT s.organization_id, jsonb_agg(DISTINCT w.word COLLATE "C" ORDER BY w.word COLLATE "C") AS words
      FROM share s CROSS JOIN LATERAL unnest(coalesce(s.shown, '{*}')) AS w(word)
      WHERE s.type = ${row}.type AND s.resource_id = ${row}.id AND s.ended_at IS NULL AND s.withheld IS NULL
        AND s.organization_id <> ${row}.author_org AND ${counts}
      GROUP BY s.organization_id HAVING bool_and(s.shown IS NOT NULL)) cut)`;
}

/** SQL of the tokens of a row of `resource` with the keys of these readers, and of no others. */
export function tokensSql(row: string, readers: string): string {
  const key = `${row}.type || '${READER_KEY}'`;
  return `CASE WHEN ${row}.deleted THEN ${row}.tokens ELSE
      ARRAY(SELECT t.token FROM unnest(${row}.tokens) WITH ORDINALITY AS t(token, at) WHERE NOT starts_with(t.token, ${key}) ORDER BY t.at)
      || ARRAY(SELECT ${key} || reader FROM unnest(${readers}) AS reader WHERE reader <> '${EVERYBODY}') END`;
}
