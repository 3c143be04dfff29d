import type { Viewer } from '../loops/worklist/viewer.ts';
import { factsSql } from './facts.ts';
import type { Dimension, Measure } from './measure.ts';

/** One number as the database counts it. */
export interface Counted {
  /** Of all groups together. */
  readonly whole: boolean;
  readonly group: readonly (string | null)[];
  readonly part: string | null;
  readonly n: number;
  readonly numerator: number | null;
  readonly open: number | null;
  /** In the order of the statistics of its kind. */
  readonly values: readonly (number | null)[];
}

/**
 * Counts measures that are of the same facts, each once for each group and once for all: one statement, a row for each
 * number. Columns: `measure`, then those of `Counted`.
 */
export function measuresSql(viewer: Viewer, measures: readonly Measure[], groupBy: readonly Dimension[]): string {
  const [first] = measures;
  const selects = measures.map((measure) =>
    measure.kind === 'shares' ? shares(measure, groupBy) : one(measure, groupBy),
  );
  return `${factsSql(viewer, first?.of ?? 'loop')} ${selects.join(' UNION ALL ')}`;
}

/** Which of the facts a measure is of. */
export function countedSql(measure: Measure, counted: 'denominator' | 'numerator' | 'open'): string {
  const of = `(${measure.denominator ?? 'true'})`;
  if (counted === 'open') return openSql(measure);
  if (measure.kind === 'duration') return `${of} AND (${measure.value}) IS NOT NULL`;
  return counted === 'numerator' && measure.numerator ? `${of} AND (${measure.numerator})` : of;
}

/** A duration that has not ended is open. */
function openSql({ kind, denominator = 'true', value, open }: Measure): string {
  if (kind === 'duration') return `(${denominator}) AND (${value}) IS NULL`;
  return open ? `(${open})` : 'false';
}

function one(measure: Measure, groupBy: readonly Dimension[]): string {
  const where = countedSql(measure, 'denominator');
  const hasOpen = measure.kind === 'duration' || measure.open !== undefined;
  const counts = measure.kind === 'proportion';
  return `SELECT '${measure.id}' AS measure, ${wholeSql(groupBy)} AS whole, ${groupSql(groupBy)} AS "group", NULL AS part,
      count(*) FILTER (WHERE ${where})::int AS n,
      ${counts ? `count(*) FILTER (WHERE ${countedSql(measure, 'numerator')})::int` : 'NULL::int'} AS numerator,
      ${hasOpen ? `count(*) FILTER (WHERE ${openSql(measure)})::int` : 'NULL::int'} AS open,
      ARRAY[${valuesSql(measure, where).join(', ')}]::float8[] AS values
    FROM fact GROUP BY GROUPING SETS (${sets(groupBy)})`;
}

function valuesSql(measure: Measure, where: string): string[] {
  const hours = `(EXTRACT(epoch FROM ${measure.value}) / 3600)::float8`;
  switch (measure.kind) {
    case 'duration':
      return [0.5, 0.9].map(
        (share) => `percentile_cont(${share}) WITHIN GROUP (ORDER BY ${hours}) FILTER (WHERE ${where})`,
      );
    case 'mean':
      return [`avg(${measure.value}) FILTER (WHERE ${where})`];
    case 'proportion':
      return [`avg(CASE WHEN ${measure.numerator} THEN 1 ELSE 0 END) FILTER (WHERE ${where})`];
    default:
      return [`count(*) FILTER (WHERE ${where})`];
  }
}

/** A row for each part that there is of each group, and of all. */
function shares(measure: Measure, groupBy: readonly Dimension[]): string {
  const withPart = ['part', ...groupBy].join(', ');
  return `SELECT '${measure.id}' AS measure, whole, "group", part, (sum(counted) OVER (PARTITION BY whole, "group"))::int AS n,
      counted AS numerator, NULL::int AS open,
      ARRAY[counted::float8 / sum(counted) OVER (PARTITION BY whole, "group")]::float8[] AS values
    FROM (SELECT ${wholeSql(groupBy)} AS whole, ${groupSql(groupBy)} AS "group", part, count(*)::int AS counted
      FROM (SELECT fact.*, ${measure.value} AS part FROM fact WHERE ${countedSql(measure, 'denominator')}) AS of_parts
      GROUP BY GROUPING SETS (${groupBy.length > 0 ? `(${withPart}), ` : ''}(part))) AS parts`;
}

function wholeSql(groupBy: readonly Dimension[]): string {
  return groupBy.length > 0 ? `GROUPING(${groupBy.join(', ')}) > 0` : 'true';
}

function groupSql(groupBy: readonly Dimension[]): string {
  return groupBy.length > 0 ? `ARRAY[${groupBy.join(', ')}]::text[]` : 'ARRAY[]::text[]';
}

function sets(groupBy: readonly Dimension[]): string {
  return groupBy.length > 0 ? `(${groupBy.join(', ')}), ()` : '()';
}
