import { types } from 'pg';

/** The rows a transaction writes to one table, as the statement that writes them all hands them over. */
export interface StagedRows {
  /** What is done to which table, e.g. `INSERT INTO loop`. */
  readonly verb: string;
  readonly rows: readonly Row[];
}

export type Row = Readonly<Record<string, unknown>>;

interface Part {
  readonly verb: string;
  readonly rowsIn: (values: readonly unknown[]) => Row[];
}

const parts = new Map<string, readonly Part[]>();

/** Reads the one statement of a `RowBuffer` back into rows. @throws Error when it is written in some other way */
export function stagedRows(text: string, values: readonly unknown[]): StagedRows[] {
  const known = parts.get(text) ?? partsOf(text);
  parts.set(text, known);
  return known.map(({ verb, rowsIn }) => ({ verb, rows: rowsIn(values) }));
}

/** Whether a statement is that of a `RowBuffer`. */
export function isStaged(text: string): boolean {
  return text.startsWith('WITH w0 AS MATERIALIZED');
}

function partsOf(text: string): Part[] {
  return text
    .split(/w\d+ AS MATERIALIZED \(/)
    .slice(1)
    .map((part) => ({ verb: verbOf(part), rowsIn: readerOf(part) }));
}

function verbOf(part: string): string {
  return /^\s*(INSERT INTO \w+|UPDATE \w+|DELETE FROM \w+|SELECT)/.exec(part)?.[1] ?? part;
}

function readerOf(part: string): Part['rowsIn'] {
  const set = /(\(VALUES .*?\)|unnest\(.*\)) AS [ru]\(([\w, ]+)\)/s.exec(part);
  const names = set?.[2]?.split(', ');
  if (!set || !names) throw new Error(`Rows that the store in memory cannot read: ${part}`);
  const places = [...(set[1] ?? '').matchAll(/\$(\d+)::/g)].map(([, at]) => Number(at) - 1);
  return set[1]?.startsWith('unnest') ? byColumn(names, places, castsOf(part)) : byRow(names, places);
}

type Cast = (text: string) => unknown;

/** How the columns that are sent as text are read, in their order; undefined where one is sent as it is. */
function castsOf(part: string): readonly (Cast | undefined)[] {
  const selected = /\(SELECT ([^()]*) FROM unnest\(/.exec(part)?.[1]?.split(', ') ?? [];
  return selected.map((column) => {
    const type = column.split('::')[1];
    if (type === undefined) return undefined;
    return type.endsWith('[]') ? readList : JSON.parse;
  });
}

/** The type of a list of texts. @see https://www.postgresql.org/docs/15/catalog-pg-type.html */
const TEXTS = 1009;
const readList: Cast = types.getTypeParser(TEXTS as Parameters<typeof types.getTypeParser>[0]);

function byRow(names: readonly string[], places: readonly number[]): Part['rowsIn'] {
  const starts = places.flatMap((_, at) => (at % names.length === 0 ? [at] : []));
  return (values) =>
    starts.map((start) =>
      Object.fromEntries(names.map((name, at) => [name, values[places[start + at] as number] ?? null])),
    );
}

function byColumn(
  names: readonly string[],
  places: readonly number[],
  casts: readonly (Cast | undefined)[],
): Part['rowsIn'] {
  return (values) => {
    const columns = places.map((at, column) => {
      const cast = casts[column];
      const given = values[at] as readonly unknown[];
      return cast ? given.map((text) => (text === null ? null : cast(String(text)))) : given;
    });
    return (columns[0] ?? []).map((_, row) =>
      Object.fromEntries(names.map((name, at) => [name, columns[at]?.[row] ?? null])),
    );
  };
}
