import { insertInto, type RowBuffer, type RowWriter } from '../../../db/row-writer.ts';
import type { ResourceIndex } from './index-resource.ts';

interface Owner {
  type: string;
  id: string;
}

const OWNER_COLUMNS = { type: 'text', id: 'text' } as const;
const staleRanges = deleteOwned('search_range');
const staleGroups = deleteOwned('search_group');

function deleteOwned(table: string): RowWriter<Owner> {
  return {
    name: `${table}_stale`,
    columns: OWNER_COLUMNS,
    usuallyOne: true,
    statement: (rows) => `DELETE FROM ${table} USING ${rows} WHERE ${table}.type = r.type AND ${table}.id = r.id`,
  };
}

/** What no unit holds: most resources have several dates and no unit, so lists of lists would cost each of them. */
const BETWEEN_UNITS = '\x1f';
type RangeRow = Owner & { param: string; low: number; high: number; units: string | undefined };
const ranges: RowWriter<RangeRow> = {
  name: 'search_range',
  columns: { ...OWNER_COLUMNS, param: 'text', low: 'float8', high: 'float8', units: 'text' },
  statement: (rows) => `INSERT INTO search_range (type, id, param, low, high, units)
    SELECT type, id, param, low, high, string_to_array(units, chr(${BETWEEN_UNITS.charCodeAt(0)})) FROM ${rows}`,
};

type GroupRow = Owner & {
  param: string;
  keys: readonly string[];
  low2: number | undefined;
  high2: number | undefined;
  low3: number | undefined;
  high3: number | undefined;
};
const groups: RowWriter<GroupRow> = insertInto('search_group', {
  ...OWNER_COLUMNS,
  param: 'text',
  keys: 'text[]',
  low2: 'float8',
  high2: 'float8',
  low3: 'float8',
  high3: 'float8',
});

/** Adds the rows of a resource's search index that do not stand in the row of the resource. @param stored whether it had some before */
export function addIndexRows(rows: RowBuffer, { type, id }: Owner, index: ResourceIndex, stored: boolean): void {
  if (stored) {
    rows.add(staleRanges, { type, id });
    rows.add(staleGroups, { type, id });
  }
  for (const { param, low, high, units } of index.ranges) {
    rows.add(ranges, { type, id, param, low, high, units: units?.join(BETWEEN_UNITS) });
  }
  for (const { param, keys, second, third } of index.groups) {
    const ends = { low2: second?.low, high2: second?.high, low3: third?.low, high3: third?.high };
    rows.add(groups, { type, id, param, keys, ...ends });
  }
}
