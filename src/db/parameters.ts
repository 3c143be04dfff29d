/** JSON that was made to text already: the value of a json column. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The parameters of a statement. Rows that several writers were given are sent once. */
export class Parameters {
  readonly values: unknown[] = [];
  readonly #ofRows = new Map<object, Map<string, string>>();

  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }

  /** A value of a row. */
  of(row: object, name: string, type: string): string {
    return this.#once(row, name, () => sentAs((row as Record<string, unknown>)[name], type));
  }

  /** Rows as one JSON array. */
  all(rows: readonly object[]): string {
    const known = [...this.#ofRows.keys()].find((each) => isSame(each, rows));
    return this.#once(known ?? rows, '', () => `[${rows.map(jsonOf).join(',')}]`);
  }

  #once(owner: object, name: string, make: () => unknown): string {
    const known = this.#ofRows.get(owner) ?? new Map<string, string>();
    this.#ofRows.set(owner, known);
    const place = known.get(name) ?? this.add(make());
    known.set(name, place);
    return place;
  }
}

function isSame(known: object, rows: readonly object[]): boolean {
  return Array.isArray(known) && known.length === rows.length && known.every((row, at) => row === rows[at]);
}

function sentAs(value: unknown, type: string): unknown {
  if (value instanceof JsonText) return value.text;
  return value !== null && value !== undefined && type.startsWith('json') ? JSON.stringify(value) : value;
}

/** A row as JSON, with what is JSON already put in as it is. */
function jsonOf(row: object): string {
  let text = '';
  for (const [name, value] of Object.entries(row)) {
    const json = value instanceof JsonText ? value.text : JSON.stringify(value);
    if (json !== undefined) text += `${text ? ',' : ''}"${name}":${json}`;
  }
  return `{${text}}`;
}
