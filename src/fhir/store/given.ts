import { type Caller, seesAllOf } from '../caller.ts';
import { type Shown, type ShownOf, subsetted } from '../sharing/subsetted.ts';
import { shownTo } from '../sharing/trimming/trimmed.ts';
import type { Acting, Held, Stored } from './held.ts';

/**
 * A resource as a caller is given it within a transaction. What is changed on the ground of a part is refused: only its
 * author changes it, who is given all (see `authorWrites`). Pure.
 */
export function givenTo(
  caller: Caller,
  content: Stored | null | undefined,
  { type, id, author, shown, trimmed }: Pick<Held, 'type' | 'id' | 'author' | 'shown' | 'trimmed'>,
  shownOf: ShownOf,
  acting: Acting,
): Stored | undefined {
  if (!content) return undefined;
  const elements = shownTo(shownOf(content) ?? shown, trimmed, caller.organizationId);
  return !elements || acting.byHub || seesAllOf(caller, { type, id, author }) ? content : subsetted(content, elements);
}

/**
 * What others are shown of it as it is written. What was deleted says nothing any more, nor does what is made anew in its
 * place: then its earlier versions are shown as before. Only who takes the label off shows all of it. Pure.
 */
export function shownAfter(
  { before, after, shown }: Pick<Held, 'before' | 'after' | 'shown'>,
  shownOf: ShownOf,
): Shown | null {
  const now = after && shownOf(after);
  return now ?? (after && before && shownOf(before) ? null : shown);
}
