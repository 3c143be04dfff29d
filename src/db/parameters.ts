/** JSON that was made to text already: the value of a json column. */
export class JsonText {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Texts that are one value of a statement, a `text[]`, or none in their places: sent as they are rather than quoted. */
export class TextList {
  readonly texts: readonly (string | null)[];

  constructor(texts: readonly (string | null)[]) {
    this.texts = texts;
  }
}

/** The values of a column as one value of a statement, `sentListType(type)[]`. */
export function sentList(values: readonly unknown[], type: string): TextList | readonly unknown[] {
  const sent = values.map((value) => sentInList(value, type));
  return sentListType(type) === 'text'
    ? new TextList(sent.map((value) => (value === null ? null : String(value))))
    : sent;
}

/** What a list of values of a type is a list of: a list of lists would be a table. */
export function sentListType(type: string): string {
  return isInText(type) ? 'text' : type;
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

/** Whether values of a type are text in a list of them. */
export function isInText(type: string): boolean {
  return type.endsWith('[]') || type.startsWith('json');
}

function sentInList(value: unknown, type: string): unknown {
  if (value === null || value === undefined) return null;
  return Array.isArray(value) && type.endsWith('[]') ? listText(value) : sentAs(value, type);
}

/** @see https://www.postgresql.org/docs/15/arrays.html#ARRAYS-IO */
function listText(values: readonly unknown[]): string {
  let text = '';
  for (const value of values) {
    const element = value === null || value === undefined ? 'NULL' : `"${escaped(String(value))}"`;
    text += text ? `,${element}` : element;
  }
  return `{${text}}`;
}

/** Hardly any has something to be escaped. */
function escaped(text: string): string {
  return text.includes('"') || text.includes('\\') ? text.replace(/[\\"]/g, '\\$&') : text;
}
