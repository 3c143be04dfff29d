import { Parameters } from './parameters.ts';

/** How rows of one kind are written, many at a time. `statement` is given the SQL of a row set `r` and returns one row for each row written. */
export interface RowWriter<Row extends object> {
  readonly name: string;
  /** Column names of the row set and their SQL types; the rows' property names. */
  readonly columns: Readonly<Record<keyof Row & string, string>>;
  readonly statement: (rows: string) => string;
  /** Whether a row that changes nothing in the database (or is not found) means that none may be written. */
  readonly mustAffectEach?: boolean;
  /** Whether a statement usually writes one row of it: that one is sent as plain values, which costs the least. */
  readonly usuallyOne?: boolean;
}

/** A writer that inserts each row as it is. @param suffix e.g. an ON CONFLICT clause */
export function insertInto<Row extends object>(
  table: string,
  columns: RowWriter<Row>['columns'],
  suffix = '',
): RowWriter<Row> {
  const names = Object.keys(columns).join(', ');
  return {
    name: table,
    columns,
    statement: (rows) => `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${rows} ${suffix} RETURNING 1`,
  };
}

/** Some rows could not be written as they must be: then none of the statement's rows were. */
export class RowsRefused extends Error {
  /** The name of the writer whose rows they are. */
  readonly writer: string;

  constructor(writer: string, cause: unknown) {
    super(`Not every row of ${writer} could be written.`, { cause });
    this.name = 'RowsRefused';
    this.writer = writer;
  }
}

/** Rows waiting to be written, by their writer. Rows of writers never use property values that JSON cannot hold. */
export class RowBuffer {
  readonly #rows = new Map<RowWriter<object>, object[]>();

  add<Row extends object>(writer: RowWriter<Row>, row: Row): void {
    const key = writer as unknown as RowWriter<object>;
    const rows = this.#rows.get(key);
    if (rows) rows.push(row);
    else this.#rows.set(key, [row]);
  }

  /**
   * Writes everything in one statement: one round trip, whatever the number of rows and tables.
   * @param write runs that statement
   * @throws RowsRefused when rows of a writer that must change something did not; then nothing was written
   */
  async flush(write: (text: string, values: readonly unknown[]) => Promise<unknown>): Promise<void> {
    const batches = [...this.#rows.entries()].sort(([a], [b]) => (a.name < b.name ? -1 : 1));
    this.#rows.clear();
    if (batches.length === 0) return;
    const parameters = new Parameters();
    const text = writeStatement(batches, parameters);
    try {
      await write(text, parameters.values);
    } catch (thrown) {
      const { code, detail } = thrown as { code?: unknown; detail?: unknown };
      throw code === REFUSED ? new RowsRefused(String(detail), thrown) : thrown;
    }
  }
}

/** The SQLSTATE of `refuse_write` (see the migrations). */
const REFUSED = 'CL001';

type Batch = readonly [writer: RowWriter<object>, rows: readonly object[]];

function writeStatement(batches: readonly Batch[], parameters: Parameters): string {
  const parts = batches.map(
    ([writer, rows], at) => `w${at} AS MATERIALIZED (${writer.statement(rowSet(writer, rows, parameters))})`,
  );
  const done = batches.map(([{ name, mustAffectEach }, rows], at) => {
    const count = `(SELECT count(*) FROM w${at})`;
    if (!mustAffectEach) return count;
    // A parameter, so that the same statement serves any number of rows.
    return `CASE WHEN ${count} < ${parameters.add(rows.length)}::int THEN refuse_write('${name}') END`;
  });
  return `WITH ${parts.join(', ')} SELECT ${done.join(', ')}`;
}

function rowSet(writer: RowWriter<object>, rows: readonly object[], parameters: Parameters): string {
  const columns = Object.entries<string>(writer.columns);
  const [only] = rows;
  if (writer.usuallyOne && only && rows.length === 1) {
    const values = columns.map(([name, type]) => `${parameters.of(only, name, type)}::${type} AS ${name}`);
    return `(SELECT ${values.join(', ')}) AS r`;
  }
  return `json_to_recordset(${parameters.all(rows)}::json) AS r(${columns.map(([name, type]) => `${name} ${type}`).join(', ')})`;
}
