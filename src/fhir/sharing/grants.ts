import type { RowBuffer, RowWriter } from '../../db/row-writer.ts';
import type { Held } from '../store/held.ts';
import { type Address, keyOf } from '../store/required.ts';
import { readerKeys, withReaders } from './readers.ts';

/** Who else may read what, from a transaction on. What gives them the right to are rows of their own: see `share`. */
export class Grants {
  readonly #organizations = new Map<string, Address & { readonly organizations: Set<string> }>();

  add({ type, id }: Address, organization: string): void {
    const key = keyOf(type, id);
    const known = this.#organizations.get(key);
    if (known) known.organizations.add(organization);
    else this.#organizations.set(key, { type, id, organizations: new Set([organization]) });
  }

  /** Has them written: with the row of a resource where that is written anyway. */
  write(rows: RowBuffer, heldAt: (key: string) => Held | undefined): void {
    for (const [key, { type, id, organizations }] of this.#organizations) {
      const held = heldAt(key);
      if (held) held.readers = withReaders(held.readers, organizations);
      const keys = readerKeys(type, [...organizations]);
      if (!held?.dirty) rows.add(granted, { type, id, organizations: [...organizations], keys });
    }
    this.#organizations.clear();
  }
}

interface GrantRow {
  type: string;
  id: string;
  organizations: readonly string[];
  keys: readonly string[];
}

/** The row is written in any case: who ends another share of it at the same time waits. */
const granted: RowWriter<GrantRow> = {
  name: 'resource_readers',
  columns: { type: 'text', id: 'text', organizations: 'text[]', keys: 'text[]' },
  statement: (rows) => `UPDATE resource
    SET readers = readers || ARRAY(SELECT o FROM unnest(r.organizations) AS o WHERE o <> ALL (resource.readers)),
      tokens = CASE WHEN deleted THEN tokens ELSE tokens || ARRAY(SELECT k FROM unnest(r.keys) AS k WHERE k <> ALL (resource.tokens)) END
    FROM ${rows} WHERE resource.type = r.type AND resource.id = r.id`,
};
