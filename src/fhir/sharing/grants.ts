import type { RowBuffer, RowWriter } from '../../db/row-writer.ts';
import type { Held } from '../store/held.ts';
import { type Address, keyOf } from '../store/required.ts';
import { readerKeys, withReaders } from './readers.ts';
import type { Shown } from './subsetted.ts';
import { shownInEither, type Trimmed, trimmedWith } from './trimming/trimmed.ts';

/** Who else may read what, from a transaction on. What gives them the right to are rows of their own: see `share`. */
export class Grants {
  readonly #granted = new Map<string, Granted>();

  /**
   * @param until when it must be decided anew; undefined: never
   * @param shown what of it; undefined: all
   */
  add({ type, id }: Address, organization: string, until: Date | undefined, shown: Shown | undefined): void {
    const key = keyOf(type, id);
    const known = this.#granted.get(key) ?? { type, id, shown: new Map(), until: undefined };
    const before = known.shown.get(organization);
    known.shown.set(organization, known.shown.has(organization) ? shownInEither(before, shown) : shown);
    known.until = earliest(known.until, until);
    this.#granted.set(key, known);
  }

  /** Has them written: with the row of a resource where that is written anyway. */
  write(rows: RowBuffer, heldAt: (key: string) => Held | undefined): void {
    for (const [key, { type, id, shown, until }] of this.#granted) {
      const organizations = [...shown.keys()];
      const held = heldAt(key);
      if (held) {
        held.trimmed = trimmedWith(held.trimmed, held.readers, shown);
        held.readers = withReaders(held.readers, organizations);
        held.readersUntil = earliest(held.readersUntil ?? undefined, until) ?? null;
      }
      const keys = readerKeys(type, organizations);
      if (!held?.dirty)
        rows.add(granted, {
          type,
          id,
          organizations,
          keys,
          until: until?.toISOString() ?? null,
          given: partsOf(shown),
        });
    }
    this.#granted.clear();
  }
}

interface Granted extends Address {
  readonly shown: Map<string, Shown | undefined>;
  until: Date | undefined;
}

/** What those are shown who are not shown all; null where everybody is. */
function partsOf(shown: Granted['shown']): Trimmed | null {
  const parts = [...shown].flatMap(([organization, part]) => (part ? [[organization, part] as const] : []));
  return parts.length > 0 ? Object.fromEntries(parts) : null;
}

/** The earlier of two moments; undefined is later than all. */
function earliest(a: Date | undefined, b: Date | undefined): Date | undefined {
  if (!a || !b) return a ?? b;
  return a < b ? a : b;
}

interface GrantRow {
  type: string;
  id: string;
  organizations: readonly string[];
  keys: readonly string[];
  until: string | null;
  given: Trimmed | null;
}

/** The row is written in any case: who ends another share of it at the same time waits. */
const granted: RowWriter<GrantRow> = {
  name: 'resource_readers',
  columns: { type: 'text', id: 'text', organizations: 'text[]', keys: 'text[]', until: 'timestamptz', given: 'jsonb' },
  statement: (rows) => `UPDATE resource
    SET readers = readers || ARRAY(SELECT o FROM unnest(r.organizations) AS o WHERE o <> ALL (resource.readers)),
      tokens = CASE WHEN deleted THEN tokens ELSE tokens || ARRAY(SELECT k FROM unnest(r.keys) AS k WHERE k <> ALL (resource.tokens)) END,
      readers_until = least(readers_until, r.until),
      trimmed = CASE WHEN trimmed IS NULL AND r.given IS NULL THEN NULL ELSE trimmed_with(trimmed, readers, r.organizations, r.given) END
    FROM ${rows} WHERE resource.type = r.type AND resource.id = r.id`,
};
