import type { Sql } from '../db/database.ts';
import { AppError } from '../errors.ts';
import { type Names, named, organizationNames } from '../loops/names.ts';
import type { Viewer } from '../loops/worklist/viewer.ts';
import type { Measured, MeasuredNumber, Measures } from './api.ts';
import { measuresNamed } from './definitions.ts';
import { factValues, type Grouping, isOrganization, type Period } from './facts.ts';
import { type Dimension, FACTS, isPersonal, type Measure, STATISTICS } from './measure.ts';
import { type Counted, measuresSql } from './statement.ts';
import { isSmall, untold } from './suppress.ts';

/** What is asked: which measures (all: none named), of which referrals, by what. */
export interface Asked extends Period, Grouping {
  readonly measures: readonly string[];
}

export interface MeasureDeps {
  readonly db: Sql;
  /** Everything that this hub measures. */
  readonly measures: readonly Measure[];
}

/**
 * Counts measures as a caller is told them: in the database, over rows; small numbers are left out.
 * @throws AppError (404; 403 where an organization asks for groups of people)
 */
export async function measure(
  { db, measures: known }: MeasureDeps,
  viewer: Viewer,
  asked: Asked,
  now: Date,
): Promise<Measures> {
  if (isOrganization(viewer)) refusePersonal(asked.groupBy);
  const wanted = measuresNamed(known, asked.measures, !isOrganization(viewer));
  const counted = await count(db, viewer, wanted, asked, now);
  const names = await organizationNames(db, organizationsIn(counted, asked.groupBy));
  const measures = wanted.map((each) =>
    told(
      each,
      counted.filter((row) => row.measure === each.id),
      asked,
      names,
    ),
  );
  return { from: asked.from.toISOString(), to: asked.to.toISOString(), at: now.toISOString(), measures };
}

function refusePersonal(groupBy: readonly Dimension[]): void {
  const named = groupBy.filter(isPersonal);
  if (named.length === 0) return;
  const text = `Groups of people (${named.join(', ')}) are counted for the hub only. Leave them out of groupBy.`;
  throw new AppError('forbidden', 'measures.personal', text, { issues: [{ text, expression: 'groupBy' }] });
}

type CountedRow = Counted & { readonly measure: string };

async function count(
  sql: Sql,
  viewer: Viewer,
  wanted: readonly Measure[],
  asked: Asked,
  now: Date,
): Promise<CountedRow[]> {
  const rows: CountedRow[] = [];
  for (const facts of FACTS) {
    const those = wanted.filter((each) => each.of === facts);
    if (those.length === 0) continue;
    const values = await factValues(sql, viewer, those, { ...asked, now });
    rows.push(...(await sql.query<CountedRow>(measuresSql(viewer, those, asked), values)));
  }
  return rows;
}

function organizationsIn(rows: readonly CountedRow[], groupBy: readonly Dimension[]): string[] {
  return rows.flatMap(({ group }) =>
    group.filter((id, at): id is string => id !== null && isOfOrganizations(groupBy[at])),
  );
}

function isOfOrganizations(dimension: Dimension | undefined): boolean {
  return dimension === 'sender' || dimension === 'receiver';
}

function told(measure: Measure, rows: readonly Counted[], asked: Asked, names: Names): Measured {
  const { id, title, definition, unit, direction, source } = measure;
  const sorted = [...rows].sort((a, b) => Number(b.whole) - Number(a.whole) || keyOf(a).localeCompare(keyOf(b)));
  const hidden = notTold(sorted, measure);
  const numbers = sorted.map((row) => numberOf(measure, row, hidden.has(row), asked, names));
  return { id, title, definition, unit, direction, source, measure: `/api/measures/${id}`, numbers };
}

function keyOf({ group, part }: Counted): string {
  return JSON.stringify([group, part]);
}

/** Groups hide each other; the whole, and the parts of the whole, are another table. */
function notTold(rows: readonly Counted[], { kind }: Measure): ReadonlySet<Counted> {
  const sized = rows.map((row) => ({
    row,
    at: [...row.group.map((each) => JSON.stringify(each)), ...(kind === 'shares' ? [row.part ?? ''] : [])],
    size: kind === 'shares' ? (row.numerator ?? 0) : row.n,
  }));
  const [wholes, groups] = [sized.filter(({ row }) => row.whole), sized.filter(({ row }) => !row.whole)];
  return new Set([...untoldOf(wholes), ...untoldOf(groups)].map(({ row }) => row));
}

function untoldOf<Cell extends { readonly at: readonly string[]; readonly size: number }>(
  cells: readonly Cell[],
): Cell[] {
  const hidden = untold(cells);
  return cells.filter((_cell, place) => hidden.has(place));
}

function numberOf(measure: Measure, row: Counted, hidden: boolean, asked: Asked, names: Names): MeasuredNumber {
  const values = STATISTICS[measure.kind].map((name, at) => [name, hidden ? null : rounded(row.values[at])]);
  return {
    group: row.whole ? null : groupOf(row, asked.groupBy, names),
    part: row.part,
    n: hidden ? null : row.n,
    numerator: hidden ? null : row.numerator,
    open: hidden || isSmall(row.open ?? 0) ? null : row.open,
    values: Object.fromEntries(values),
    suppressed: hidden,
    loops: loopsBehind(measure, row, asked),
  };
}

/** Four places are more than the smallest share that is told differs by. */
function rounded(value: number | null | undefined): number | null {
  return value === null || value === undefined ? null : Math.round(value * 10_000) / 10_000;
}

function groupOf(row: Counted, groupBy: readonly Dimension[], names: Names): NonNullable<MeasuredNumber['group']> {
  const placed = groupBy.map((dimension, at) => {
    const value = row.group[at] ?? null;
    return [dimension, value !== null && isOfOrganizations(dimension) ? named(value, names) : value];
  });
  return Object.fromEntries(placed);
}

/** Nobody is listed by what they are. */
function loopsBehind({ id }: Measure, row: Counted, { from, to, groupBy, matureDays }: Asked): string | null {
  if (!row.whole && groupBy.some(isPersonal)) return null;
  const query = new URLSearchParams({ from: from.toISOString(), to: to.toISOString() });
  if (!row.whole) for (const [at, dimension] of groupBy.entries()) query.set(dimension, row.group[at] ?? '');
  if (!row.whole && groupBy.includes('maturity')) query.set('matureDays', String(matureDays));
  return `/api/measures/${id}/loops?${query}`;
}
