import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { withoutIndexes } from './indexes.ts';

/** A text of the template, and the SQL of what stands in its place in a cell. */
export type Marker = readonly [text: string, sql: string];

/** By what the rows of a template are known, and what is another in each copy of it. */
export interface Pattern {
  /** Its ids by the names of columns. */
  readonly ids: Readonly<Record<string, string>>;
  /** SQL of what stands in the place of an id in the cell `n`; by itself md5 of `<name> <n>`. */
  readonly idOf?: (name: string) => string;
  /** Further columns of a cell: SQL over its number `n`. */
  readonly columns: Readonly<Record<string, string>>;
  /** Further texts, and what stands in their place: SQL over the columns. */
  readonly markers: readonly Marker[];
  /** SQL that is added to the copy of a value, e.g. to move a day that stands as a number. */
  readonly moved?: (value: string | null, type: string) => string;
  /** Tables of which no rows are copied. */
  readonly without?: readonly string[];
}

/**
 * Fills the store with copies of a template that real writes have left: every row of every table that names one of its
 * ids is written once for each cell. What the tables are is read from the database, so it holds also when the schema
 * changes.
 * @param from the first cell made @param to the one after the last
 */
export async function copyCells(databaseUrl: string, pattern: Pattern, from: number, to: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const setting of SETTINGS) await client.query(setting);
    const rows = await templateRows(client, pattern);
    await client.query('DROP TABLE IF EXISTS cell');
    await client.query(cellsSql(pattern, from, to));
    const tables = [...new Set(rows.map(({ table }) => table))];
    await withoutIndexes(client, tables, async () => {
      for (const row of rows) await client.query(copySql(row, pattern));
    });
    for (const table of tables) await client.query(`VACUUM (ANALYZE) ${escapeIdentifier(table)}`);
    await client.query('CHECKPOINT');
  } finally {
    await client.end();
  }
}

const SETTINGS = [
  // Times as text stand in one form.
  `SET TimeZone = 'UTC'`,
  `SET maintenance_work_mem = '512MB'`,
  'SET synchronous_commit = off',
];

/** A row of the template: its values as text, by column. */
interface TemplateRow {
  readonly table: string;
  readonly types: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string | null>>;
}

async function templateRows(client: Client, { ids, without = [] }: Pattern): Promise<TemplateRow[]> {
  const { rows: tables } = await client.query<{ name: string; columns: Record<string, string> }>(TABLES_SQL);
  const found: TemplateRow[] = [];
  for (const { name, columns } of tables) {
    if (without.includes(name)) continue;
    const texts = Object.keys(columns).map((column) => `${escapeIdentifier(column)}::text`);
    const { rows } = await client.query<Record<string, string | null>>(
      `SELECT ${texts.join(', ')} FROM ${escapeIdentifier(name)} t WHERE t::text ~ $1`,
      [Object.values(ids).join('|')],
    );
    found.push(...rows.map((values) => ({ table: name, types: columns, values })));
  }
  return found;
}

/** The tables of the store, with the columns that are written and their types; those that others refer to come first. */
const TABLES_SQL = `SELECT c.relname AS name, json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attgenerated = ''
    AND c.relname NOT IN ('bench_row', 'received', 'cell')
  GROUP BY c.oid, c.relname ORDER BY (SELECT count(*) FROM pg_constraint WHERE conrelid = c.oid AND contype = 'f'), c.relname`;

/** The numbered cells, with what each is called by: one column for each id of the template, and the further ones. */
function cellsSql({ ids, idOf = anyId, columns }: Pattern, from: number, to: number): string {
  const made = Object.keys(ids).map((name) => `${idOf(name)} AS ${name}`);
  const further = Object.entries(columns).map(([name, sql]) => `${sql} AS ${name}`);
  return `CREATE UNLOGGED TABLE cell AS SELECT n, ${[...made, ...further].join(', ')}
    FROM generate_series(${from}, ${to - 1}) n`;
}

function anyId(name: string): string {
  return `md5('${name} ' || n)::uuid::text`;
}

/**
 * An id that is later than those of the cells before, as the hub's own are: keys are written in their order, and what was
 * written about the same time stands together.
 */
export function laterId(name: string): string {
  return `(lpad(to_hex(n), 12, '0') || '7' || substr(md5('${name} ' || n), 14))::uuid::text`;
}

function copySql({ table, types, values }: TemplateRow, pattern: Pattern): string {
  const known: Marker[] = [...Object.entries(pattern.ids).map(([name, id]): Marker => [id, name]), ...pattern.markers];
  const columns = Object.keys(types);
  const copies = columns.map((column) => {
    const [value, type] = [values[column] ?? null, types[column] ?? 'text'];
    return `${valueSql(value, known)}::${type}${pattern.moved?.(value, type) ?? ''}`;
  });
  return `INSERT INTO ${escapeIdentifier(table)} (${columns.map(escapeIdentifier).join(', ')}) SELECT ${copies.join(', ')} FROM cell`;
}

function valueSql(value: string | null, known: readonly Marker[]): string {
  if (value === null) return 'NULL';
  const here = known.filter(([text]) => value.includes(text));
  return here.reduce((sql, [text, by]) => `replace(${sql}, ${escapeLiteral(text)}, ${by})`, escapeLiteral(value));
}
