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

/** Whether values of a type are text in a list of them: a list of lists is a table, and one of JSON would be quoted twice. */
export function isInText(type: string): boolean {
  return type.endsWith('[]') || type.startsWith('json');
}

/** A value as it is sent in the list of its column. */
export function sentInList(value: unknown, type: string): unknown {
  if (value === null || value === undefined) return null;
  return Array.isArray(value) && type.endsWith('[]') ? listText(value) : sentAs(value, type);
}

/** @see https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO */
function listText(values: readonly unknown[]): string {
  let text = '';
  for (const value of values) {
    const element = value === null || value === undefined ? 'NULL' : `"${String(value).replace(/[\\"]/g, '\\$&')}"`;
    text += text ? `,${element}` : element;
  }
  return `{${text}}`;
}
