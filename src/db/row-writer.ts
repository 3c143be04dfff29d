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

/** Where the values of a batch's rows are: one place for each column of a single row, or one for all rows. */
interface Placed {
  readonly writer: RowWriter<object>;
  readonly isOne: boolean;
  readonly places: readonly string[];
  /** Where it says how many rows there are, if each must change something. */
  readonly count: string | undefined;
}

const writers = new WeakMap<RowWriter<object>, number>();
let lastWriter = 0;
const statements = new Map<string, string>();

/** What the same writers write in the same way has the same text, which is put together once. */
function writeStatement(batches: readonly Batch[], parameters: Parameters): string {
  const placed = batches.map((batch) => place(batch, parameters));
  const shape = placed.map(({ writer, places }) => `${numberOf(writer)}:${places.join()}`).join(' ');
  const known = statements.get(shape);
  if (known !== undefined) return known;
  const text = textOf(placed);
  statements.set(shape, text);
  return text;
}

function numberOf(writer: RowWriter<object>): number {
  const known = writers.get(writer);
  if (known !== undefined) return known;
  lastWriter += 1;
  writers.set(writer, lastWriter);
  return lastWriter;
}

function place([writer, rows]: Batch, parameters: Parameters): Placed {
  const [only] = rows;
  const isOne = writer.usuallyOne === true && only !== undefined && rows.length === 1;
  const places = isOne
    ? Object.entries<string>(writer.columns).map(([name, type]) => parameters.of(only, name, type))
    : [parameters.all(rows)];
  // A parameter, so that the same statement serves any number of rows.
  return { writer, isOne, places, count: writer.mustAffectEach ? parameters.add(rows.length) : undefined };
}

function textOf(placed: readonly Placed[]): string {
  const parts = placed.map((each, at) => `w${at} AS MATERIALIZED (${each.writer.statement(rowSet(each))})`);
  const done = placed.map(({ writer: { name }, count: wanted }, at) => {
    const count = `(SELECT count(*) FROM w${at})`;
    return wanted ? `CASE WHEN ${count} < ${wanted}::int THEN refuse_write('${name}') END` : count;
  });
  return `WITH ${parts.join(', ')} SELECT ${done.join(', ')}`;
}

function rowSet({ writer, isOne, places }: Placed): string {
  const columns = Object.entries<string>(writer.columns);
  if (!isOne)
    return `json_to_recordset(${places[0]}::json) AS r(${columns.map((column) => column.join(' ')).join(', ')})`;
  return `(SELECT ${columns.map(([name, type], at) => `${places[at]}::${type} AS ${name}`).join(', ')}) AS r`;
}
