import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { SLOTS } from '../resources.ts';
import { withoutIndexes } from './indexes.ts';
import { DAY, type Template } from './template.ts';

/**
 * Fills the store with copies of the template: every row of every table that names one of its resources is written once
 * for each cell, with the ids, numbers, names, days and owners of that cell. What the tables are is read from the
 * database, so the copies are what real writes leave, also when the schema changes.
 * @param from the first cell made @param to the one after the last
 */
export async function multiply(databaseUrl: string, template: Template, from: number, to: number): Promise<void> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    for (const setting of SETTINGS) await client.query(setting);
    const rows = await templateRows(client, template);
    await client.query('DROP TABLE IF EXISTS cell');
    await client.query(cellsSql(template, from, to));
    const tables = [...new Set(rows.map(({ table }) => table))];
    await withoutIndexes(client, tables, async () => {
      for (const row of rows) await client.query(copySql(row, await markers(client, template)));
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

const DAY_MS = 86_400_000;

/** A row of the template: its values as text, by column. */
interface TemplateRow {
  readonly table: string;
  readonly types: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, string | null>>;
}

async function templateRows(client: Client, { ids, made }: Template): Promise<TemplateRow[]> {
  const { rows: tables } = await client.query<{ name: string; columns: Record<string, string> }>(TABLES_SQL);
  const found: TemplateRow[] = [];
  for (const { name, columns } of tables) {
    const texts = Object.keys(columns).map((column) => `${escapeIdentifier(column)}::text`);
    const { rows } = await client.query<Record<string, string | null>>(
      `SELECT ${texts.join(', ')} FROM ${escapeIdentifier(name)} t WHERE t::text ~ $1`,
      [[...Object.values(ids), ...made].join('|')],
    );
    found.push(...rows.map((values) => ({ table: name, types: columns, values })));
  }
  return found;
}

/** The tables of the store, with the columns that are written and their types. */
const TABLES_SQL = `SELECT c.relname AS name, json_object_agg(a.attname, format_type(a.atttypid, a.atttypmod)) AS columns
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
  WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND a.attnum > 0 AND NOT a.attisdropped AND a.attidentity = '' AND a.attgenerated = ''
    AND c.relname NOT IN ('bench_row', 'received', 'cell')
  GROUP BY c.relname`;

/** The numbered cells, with what each is called by: one column for each text of the template. */
function cellsSql({ owners, taskOwners, made }: Template, from: number, to: number): string {
  const ids = [...SLOTS, ...made.map((_, at) => `made${at}`)].map(
    (slot) => `md5('${slot} ' || n)::uuid::text AS ${slot}`,
  );
  const list = owners.map((owner) => escapeLiteral(owner.split('/')[1] ?? '')).join(', ');
  const given = taskOwners.map((_, at) => `(ARRAY[${list}])[(n + ${at * 7}) % ${owners.length} + 1] AS owner${at}`);
  return `CREATE UNLOGGED TABLE cell AS SELECT n, 'cell-' || n AS number, 'Family' || n % 1000 AS family,
      'family' || n % 1000 AS folded, (date '2020-01-01' + n % 2000)::text AS day,
      timestamptz '2020-01-01' + n % 2000 * interval '1 day' + n / 2000 * interval '1.003 s' AS written, ${[...ids, ...given].join(', ')}
    FROM generate_series(${from}, ${to - 1}) n`;
}

/** A text of the template, and the SQL of what stands in its place in a cell. */
type Marker = readonly [text: string, sql: string];

async function markers(client: Client, template: Template): Promise<readonly Marker[]> {
  const { ids, made, number, family, day, taskOwners } = template;
  const { rows } = await client.query<{ at: Date; text: string }>(
    'SELECT last_updated AS at, last_updated::text AS text FROM resource WHERE id = $1',
    [ids.patient],
  );
  const { at, text } = rows[0] ?? { at: new Date(0), text: '' };
  return [
    ...SLOTS.map((slot): Marker => [ids[slot], slot]),
    ...made.map((id, at): Marker => [id, `made${at}`]),
    ...taskOwners.map((owner, index): Marker => [owner.split('/')[1] ?? '', `owner${index}`]),
    [number, 'number'],
    [family, 'family'],
    [family.toLowerCase(), 'folded'],
    [day, 'day'],
    [at.toISOString(), `to_char(written, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`],
    [text, 'written::text'],
  ];
}

function copySql({ table, types, values }: TemplateRow, known: readonly Marker[]): string {
  const columns = Object.keys(types);
  const copies = columns.map((column) => copyOf(values[column] ?? null, types[column] ?? 'text', known));
  return `INSERT INTO ${escapeIdentifier(table)} (${columns.map(escapeIdentifier).join(', ')}) SELECT ${copies.join(', ')} FROM cell`;
}

function copyOf(value: string | null, type: string, known: readonly Marker[]): string {
  const copy = `${valueSql(value, known)}::${type}`;
  // An index may hold a day as milliseconds since 1970.
  const isDay = type === 'double precision' && Math.abs(Number(value) - Date.parse(DAY)) < 2 * DAY_MS;
  return isDay ? `${copy} + (day::date - date '${DAY}') * ${DAY_MS}::float8` : copy;
}

function valueSql(value: string | null, known: readonly Marker[]): string {
  if (value === null) return 'NULL';
  const here = known.filter(([text]) => value.includes(text));
  return here.reduce((sql, [text, by]) => `replace(${sql}, ${escapeLiteral(text)}, ${by})`, escapeLiteral(value));
}
