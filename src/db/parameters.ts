/** JSON that was made to text already: the value of a json column. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The parameters of a statement. */
export class Parameters {
  readonly values: unknown[] = [];

  /** @returns where it stands, e.g. `$3` */
  add(value: unknown): string {
    return `$${this.values.push(value)}`;
  }
}

/** A value as it is sent for a column of a type. */
export function sentAs(value: unknown, type: string): unknown {
  if (value instanceof JsonText) return value.text;
  return value !== null && value !== undefined && type.startsWith('json') ? JSON.stringify(value) : value;
}

/** Rows as one JSON array, with what is JSON already put in as it is. */
export function jsonOf(rows: readonly object[]): string {
  return `[${rows.map(rowOf).join(',')}]`;
}

function rowOf(row: object): string {
  let text = '';
  for (const [name, value] of Object.entries(row)) {
    const json = value instanceof JsonText ? value.text : JSON.stringify(value);
    if (json !== undefined) text += `${text ? ',' : ''}"${name}":${json}`;
  }
  return `{${text}}`;
}
