import type { Sql } from './database.ts';

/** How rows of one kind are written, many at a time. `statement` is given the SQL of a row set `r` and returns one row for each row written. */
export interface RowWriter<Row extends object> {
  readonly name: string;
  /** Column names of the row set and their SQL types; the rows' property names. */
  readonly columns: Readonly<Record<keyof Row & string, string>>;
  readonly statement: (rows: string) => string;
  /** Whether a row that changes nothing in the database means that somebody else was faster. */
  readonly mustAffectEach?: boolean;
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
   * @returns the names of writers of which fewer rows changed something than were given
   */
  async flush(tx: Sql): Promise<string[]> {
    const batches = [...this.#rows.entries()].sort(([a], [b]) => (a.name < b.name ? -1 : 1));
    this.#rows.clear();
    if (batches.length === 0) return [];
    const [counts] = await tx.query<Record<string, number>>(
      writeStatement(batches.map(([writer]) => writer)),
      batches.map(([, rows]) => JSON.stringify(rows)),
    );
    const short = batches.filter(
      ([writer, rows], at) => writer.mustAffectEach && Number(counts?.[`w${at}`]) < rows.length,
    );
    return short.map(([writer]) => writer.name);
  }
}

function writeStatement(writers: RowWriter<object>[]): string {
  const parts = writers.map((writer, at) => `w${at} AS MATERIALIZED (${writer.statement(rowSet(writer, at))})`);
  const counts = writers.map((_, at) => `(SELECT count(*)::int FROM w${at}) AS w${at}`);
  return `WITH ${parts.join(', ')} SELECT ${counts.join(', ')}`;
}

function rowSet(writer: RowWriter<object>, at: number): string {
  const columns = Object.entries(writer.columns).map(([name, type]) => `${name} ${type}`);
  return `json_to_recordset($${at + 1}::json) AS r(${columns.join(', ')})`;
}
