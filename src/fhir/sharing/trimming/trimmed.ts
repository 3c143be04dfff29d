import type { Shown } from '../subsetted.ts';

/** What organizations are shown of a resource, by their ids, where that is a part; who is not among them reads all of it. */
export type Trimmed = Readonly<Record<string, Shown>>;

/**
 * What a reader who is not the author is shown; undefined: all of it. Pure. Statements say the same by the function
 * `shown_to` of the database.
 * @param shown what others than the author are shown, whoever they are; null: all
 */
export function shownTo(shown: Shown | null, trimmed: Trimmed | null, reader: string): Shown | undefined {
  const own = trimmed && Object.hasOwn(trimmed, reader) ? trimmed[reader] : undefined;
  if (!own) return shown ?? undefined;
  return shown ? shownInBoth(shown, own) : own;
}

/** What both of two lists show: what one shows in part and the other whole is shown in part. Pure. */
export function shownInBoth(one: Shown, other: Shown): Shown {
  const within = (list: Shown) => (word: string) => list.includes(word) || list.includes(elementOf(word));
  return [...new Set([...one.filter(within(other)), ...other.filter(within(one))])].sort();
}

/** The element of which a word shows a part, or all. */
function elementOf(word: string): string {
  const at = word.indexOf('|');
  return at < 0 ? word : word.slice(0, at);
}

/** What somebody is shown who is shown two things of it; undefined: all. Pure. */
export function shownInEither(one: Shown | undefined, other: Shown | undefined): Shown | undefined {
  return one && other && [...new Set([...one, ...other])].sort();
}

/**
 * What readers are shown of a resource once it is shared with some more. Who reads all of it already goes on doing so. Pure.
 * Statements say the same by the function `trimmed_with` of the database.
 * @param given what each is shown by that; undefined: all
 */
export function trimmedWith(
  trimmed: Trimmed | null,
  readers: readonly string[],
  given: ReadonlyMap<string, Shown | undefined>,
): Trimmed | null {
  const made = new Map(Object.entries(trimmed ?? {}));
  for (const [organization, shown] of given) {
    const before = made.get(organization);
    const reads = before !== undefined || readers.includes(organization);
    const after = reads ? before && shownInEither(before, shown) : shown;
    if (after) made.set(organization, after);
    else made.delete(organization);
  }
  return made.size > 0 ? Object.fromEntries(made) : null;
}
