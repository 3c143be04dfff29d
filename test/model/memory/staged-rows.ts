import { TextList } from '../../../src/db/parameters.ts';

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
  return set[1]?.startsWith('unnest') ? byColumn(names, places, textsIn(part)) : byRow(names, places);
}

function byRow(names: readonly string[], places: readonly number[]): Part['rowsIn'] {
  const starts = places.flatMap((_, at) => (at % names.length === 0 ? [at] : []));
  return (values) =>
    starts.map((start) =>
      Object.fromEntries(names.map((name, at) => [name, values[places[start + at] as number] ?? null])),
    );
}

function byColumn(names: readonly string[], places: readonly number[], texts: Texts): Part['rowsIn'] {
  return (values) => {
    const columns = places.map((at) => listOf(values[at]));
    return (columns[0] ?? []).map((_, row) =>
      Object.fromEntries(
        names.map((name, at) => [name, texts.get(name)?.(columns[at]?.[row]) ?? columns[at]?.[row] ?? null]),
      ),
    );
  };
}

function listOf(value: unknown): readonly unknown[] {
  return value instanceof TextList ? value.texts : (value as readonly unknown[]);
}

/** How columns are read whose values stand in a list as text. */
type Texts = ReadonlyMap<string, (value: unknown) => unknown>;

function textsIn(part: string): Texts {
  const [, columns = ''] = /\(SELECT ([^()]*) FROM unnest\(/.exec(part) ?? [];
  const cast = [...columns.matchAll(/(\w+)::(\w+(?:\[\])?)/g)];
  return new Map(cast.map(([, name = '', type = '']) => [name, type.endsWith('[]') ? listIn : jsonIn]));
}

function jsonIn(value: unknown): unknown {
  return value === null ? null : JSON.parse(String(value));
}

/** @see https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO */
function listIn(value: unknown): unknown {
  if (value === null) return null;
  const elements = [...String(value).matchAll(/"((?:[^"\\]|\\.)*)"|NULL/gs)];
  return elements.map(([, text]) => text?.replace(/\\(.)/gs, '$1') ?? null);
}
