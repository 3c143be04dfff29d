import { AppError } from '../errors.ts';
import type { LoopSummary } from '../loops/api.ts';
import { loopsOf } from '../loops/queries.ts';
import type { Viewer } from '../loops/worklist/viewer.ts';
import type { BehindQuery } from './api.ts';
import type { MeasureDeps } from './compute.ts';
import { measuresNamed } from './definitions.ts';
import { factsSql, factValues, isOrganization, type Period } from './facts.ts';
import { DIMENSIONS } from './measure.ts';
import { countedSql } from './statement.ts';

export type Behind = Omit<BehindQuery, 'from' | 'to'> & Period;

/**
 * One page of the loops behind a number, as lists of loops show them, in the order of their ids. A caller sees of them what
 * it sees of loops: one that an organization has declined is in its numbers, and in its lists no more.
 * @throws AppError (404, 400)
 */
export async function loopsBehind(
  { db: sql, measures }: MeasureDeps,
  viewer: Viewer,
  id: string,
  query: Behind,
  now: Date,
): Promise<{ loops: LoopSummary[]; next: string | null }> {
  const [measure] = measuresNamed(measures, [id], !isOrganization(viewer));
  if (!measure) return { loops: [], next: null };
  const values = await factValues(sql, viewer, [measure], { ...query, now });
  const place = (value: unknown): string => `$${values.push(value)}`;
  const own = isOrganization(viewer) ? 'AND parties @> ARRAY[$4::text]' : '';
  const narrowed = DIMENSIONS.filter((dimension) => query[dimension] !== undefined);
  const where = narrowed.map((dimension) => `AND COALESCE(${dimension}, '') = ${place(query[dimension])}::text`);
  const text = `${factsSql(viewer, [measure], { groupBy: [], matureDays: query.matureDays })} SELECT DISTINCT loop_id AS id FROM fact
    WHERE ${countedSql(measure, query.counted)} ${own} ${where.join(' ')} AND loop_id > ${place(readCursor(query.cursor))}::text
    ORDER BY loop_id LIMIT ${place(query.limit + 1)}::int`;
  const rows = await sql.query<{ id: string }>(text, values);
  const ids = rows.slice(0, query.limit).map((row) => row.id);
  const next = rows.length > query.limit ? writeCursor(ids.at(-1) ?? '') : null;
  return { loops: await loopsOf(sql, viewer, ids, now), next };
}

function writeCursor(id: string): string {
  return Buffer.from(`loop ${id}`).toString('base64url');
}

function readCursor(text: string | undefined): string {
  if (!text) return '';
  const [kind, id] = Buffer.from(text, 'base64url').toString().split(' ');
  if (kind === 'loop' && id) return id;
  throw new AppError('invalid', 'measures.cursor', 'This cursor is not one of ours. Start again without it.', {
    issues: [{ text: 'Not a cursor of this list.', expression: 'cursor' }],
  });
}
