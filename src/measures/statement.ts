import type { Viewer } from '../loops/worklist/viewer.ts';
import { factsSql, type Grouping } from './facts.ts';
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
export function measuresSql(viewer: Viewer, measures: readonly Measure[], grouping: Grouping): string {
  const selects = measures.map((measure) => selectOf(measure, grouping.groupBy));
  return `${factsSql(viewer, measures, grouping)} ${selects.join(' UNION ALL ')}`;
}

function selectOf(measure: Measure, groupBy: readonly Dimension[]): string {
  if (measure.kind === 'shares') return shares(measure, groupBy);
  return measure.censored ? estimate(measure, measure.censored, groupBy) : one(measure, groupBy);
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

/**
 * The median and the upper percentiles of a duration with what goes on: the Kaplan-Meier estimate, the first moment at which no
 * more than a half, a tenth, a twentieth, are left. NULL where it has not come to that.
 * @see https://doi.org/10.1080/01621459.1958.10501452
 */
function estimate(measure: Measure, censored: string, groupBy: readonly Dimension[]): string {
  const { denominator = 'true', value } = measure;
  const hours = `(EXTRACT(epoch FROM COALESCE(${value}, ${censored})) / 3600)::float8`;
  const left = [0.5, 0.1, 0.05].map(
    (share) => `min(hours) FILTER (WHERE ended AND ln_left <= ln(${share}::float8) + 1e-9)`,
  );
  const groups = `(VALUES (true, ${groupSql([])})${groupBy.length > 0 ? `, (false, ${groupSql(groupBy)})` : ''})`;
  return `SELECT '${measure.id}' AS measure, whole, "group", NULL AS part, count(*) FILTER (WHERE ended)::int AS n,
      NULL::int AS numerator, count(*) FILTER (WHERE NOT ended)::int AS open, ARRAY[${left.join(', ')}]::float8[] AS values
    FROM (SELECT whole, "group", ended, hours,
        sum(CASE WHEN NOT ended THEN 0 WHEN at_risk = 1 THEN '-Infinity' ELSE ln(1 - 1 / at_risk) END)
          OVER (PARTITION BY whole, "group" ORDER BY hours, ended DESC, place) AS ln_left
      FROM (SELECT of_groups.*, row_number() OVER in_order AS place,
          (count(*) OVER (PARTITION BY whole, "group") - row_number() OVER in_order + 1)::float8 AS at_risk
        FROM (SELECT whole, "group", (${value}) IS NOT NULL AS ended, ${hours} AS hours
          FROM fact CROSS JOIN LATERAL ${groups} AS groups (whole, "group") WHERE ${denominator}) AS of_groups
        WINDOW in_order AS (PARTITION BY whole, "group" ORDER BY hours, ended DESC)) AS at_risk) AS left_over
    GROUP BY whole, "group"`;
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
      return [0.5, 0.9, 0.95].map(
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
