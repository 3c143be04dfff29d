/** A statement with the values for its places. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Collects the values of a statement and hands out their places. */
export class Values {
  readonly list: unknown[] = [];

  add(value: unknown): string {
    this.list.push(value);
    return `$${this.list.length}`;
  }

  texts(values: readonly string[]): string {
    return `${this.add(values)}::text[]`;
  }
}
