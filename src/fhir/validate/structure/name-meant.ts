import type { TypeModel } from '../definitions/model.ts';

const MOST_TYPES = 6;

/**
 * What may be meant by the name of an element there is not: an element with a choice of types that names none, or one
 * that is nearly written so. Pure.
 */
export function nameMeant(name: string, { elements }: TypeModel): string | undefined {
  const types = elements.filter((element) => element.isChoice && element.name === name).map(({ key }) => key);
  if (types.length > 0) {
    const more = types.length > MOST_TYPES ? ', …' : '';
    return `Its name says its type: write ${types.slice(0, MOST_TYPES).join(', ')}${more}.`;
  }
  const near = elements.map(({ key }) => key).find((key) => isNear(name, key));
  return near === undefined ? undefined : `Is ${near} meant? Correct its name, or leave it out.`;
}

/** The same letters in another case, or with one more, less, or another one. */
function isNear(name: string, key: string): boolean {
  const [one, other] = [name.toLowerCase(), key.toLowerCase()];
  if (one === other) return true;
  if (Math.min(one.length, other.length) < 4 || Math.abs(one.length - other.length) > 1) return false;
  let at = 0;
  while (at < one.length && one[at] === other[at]) at += 1;
  const rest = (text: string, skipped: number): string => text.slice(at + skipped);
  return rest(one, 1) === rest(other, 1) || rest(one, 1) === rest(other, 0) || rest(one, 0) === rest(other, 1);
}
