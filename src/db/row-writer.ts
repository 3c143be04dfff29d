import { isInText, Parameters, sentAs, sentList, sentListType } from './parameters.ts';

/**
 * How rows of one kind are written, many at a time. `statement` is given the SQL of a row set `r`; with `mustAffectEach`
 * it returns one row for each row written.
 */
export interface RowWriter<Row extends object> {
  readonly name: string;
  /** Column names of the row set and their SQL types; the rows' property names. */
  readonly columns: Readonly<Record<keyof Row & string, string>>;
  readonly statement: (rows: string) => string;
  /** Whether a row that changes nothing in the database (or is not found) means that none may be written. */
  readonly mustAffectEach?: boolean;
  /** The constraint that refuses a row that is there already: then none may be written. */
  readonly refusedBy?: string;
  /** Whether a statement usually writes one row of it, or few: these are sent as plain values, which costs the least. */
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
    statement: (rows) => `INSERT INTO ${table} (${names}) SELECT ${names} FROM ${rows} ${suffix}`,
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

  /** The rows of several, to be written together; of one, itself. */
  static of(all: readonly RowBuffer[]): RowBuffer {
    const [first, ...others] = all;
    if (first && others.length === 0) return first;
    const together = new RowBuffer();
    for (const each of all) for (const [writer, rows] of each.#rows) for (const row of rows) together.add(writer, row);
    return together;
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

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
      throw asRefusal(thrown, batches);
    }
  }
}

/** The SQLSTATE of `refuse_write` (see the migrations). */
const REFUSED = 'CL001';
/** @see https://www.postgresql.org/docs/15/errcodes-appendix.html */
const UNIQUE_VIOLATION = '23505';

function asRefusal(thrown: unknown, batches: readonly Batch[]): unknown {
  const { code, detail, constraint } = thrown as { code?: unknown; detail?: unknown; constraint?: unknown };
  if (code === REFUSED) return new RowsRefused(String(detail), thrown);
  const refused = code === UNIQUE_VIOLATION && batches.find(([{ refusedBy }]) => refusedBy && refusedBy === constraint);
  return refused ? new RowsRefused(refused[0].name, thrown) : thrown;
}

type Batch = readonly [writer: RowWriter<object>, rows: readonly object[]];

/** How the values of a batch's rows are sent, the cheapest way there is: those of few rows one by one, others as a list for each column. */
type Form = 'values' | 'columns';

/** Each number of rows that are sent value by value is a statement of its own. */
const FEW = 3;

interface Placed {
  readonly writer: RowWriter<object>;
  readonly form: Form;
  readonly rows: number;
  /** Where the values are. */
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
  const shape = placed.map(({ writer, form, rows }) => `${numberOf(writer)} ${form === 'values' ? rows : form}`).join();
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
  const form = formOf(writer, rows);
  const places = sent(writer, rows, form).map((value) => parameters.add(value));
  // A parameter, so that the same statement serves any number of rows.
  return {
    writer,
    form,
    rows: rows.length,
    places,
    count: writer.mustAffectEach ? parameters.add(rows.length) : undefined,
  };
}

function formOf({ usuallyOne }: RowWriter<object>, rows: readonly object[]): Form {
  return usuallyOne && rows.length <= FEW ? 'values' : 'columns';
}

function sent({ columns }: RowWriter<object>, rows: readonly object[], form: Form): unknown[] {
  const named = rows as readonly Readonly<Record<string, unknown>>[];
  const kinds = Object.entries<string>(columns);
  return form === 'values'
    ? named.flatMap((row) => kinds.map(([name, type]) => sentAs(row[name], type)))
    : kinds.map(([name, type]) =>
        sentList(
          named.map((row) => row[name]),
          type,
        ),
      );
}

function textOf(placed: readonly Placed[]): string {
  const parts = placed.map((each, at) => `w${at} AS MATERIALIZED (${each.writer.statement(rowSet(each))})`);
  const refused = placed.flatMap(({ writer: { name }, count }, at) =>
    count ? [`CASE WHEN (SELECT count(*) FROM w${at}) < ${count}::int THEN refuse_write('${name}') END`] : [],
  );
  return `WITH ${parts.join(', ')} SELECT ${refused.join(', ')}`;
}

function rowSet({ writer, form, rows, places }: Placed): string {
  const columns = Object.entries<string>(writer.columns);
  const names = columns.map(([name]) => name).join(', ');
  if (form === 'values') {
    const row = (at: number): string =>
      columns.map(([, type], of) => `${places[at * columns.length + of]}::${type}`).join(', ');
    return `(VALUES ${Array.from({ length: rows }, (_, at) => `(${row(at)})`).join(', ')}) AS r(${names})`;
  }
  // Sub-selects, so that the planner never looks at the lists themselves: it would count them, and plan each time anew.
  const lists = columns.map(([, type], at) => `(SELECT ${places[at]}::${sentListType(type)}[])`);
  const row = `unnest(${lists.join(', ')})`;
  if (!columns.some(([, type]) => isInText(type))) return `${row} AS r(${names})`;
  const cast = columns.map(([name, type]) => (isInText(type) ? `${name}::${type}` : name));
  return `(SELECT ${cast.join(', ')} FROM ${row} AS u(${names})) AS r`;
}
