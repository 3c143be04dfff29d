import type { Operation } from '@medplum/core';
import { placeOf } from './numbers-put.ts';

/** Nothing in FHIR is nested so deep. */
export const MOST_STEPS = 100;

/** In characters, for each patch: a Bundle may have many. What copies put in is not in the request, whose size is limited. */
const MOST_COPIED = 1_000_000;

/**
 * Says of the operations of one patch, one after the other, whether each may be carried out. Some dozens of copies could
 * double a resource each time, and moves put it within itself until nothing can read it any more.
 */
export function growth(resource: object): (operation: Operation) => boolean {
  let left = MOST_COPIED;
  return (operation) => {
    if (operation.op !== 'copy' && operation.op !== 'move') return true;
    const place = placeOf(resource, operation.from);
    const size = sizeOf(place ? place.owner[place.key] : resource, left, MOST_STEPS);
    if (operation.op === 'copy') left -= size;
    return size !== Number.POSITIVE_INFINITY;
  };
}

/** About how many characters a value has as JSON; infinite where they are more, or it is deeper, than is allowed. */
function sizeOf(value: unknown, most: number, depth: number): number {
  if (typeof value === 'string') return value.length > most ? Number.POSITIVE_INFINITY : value.length;
  if (typeof value !== 'object' || value === null) return 1;
  if (depth === 0) return Number.POSITIVE_INFINITY;
  let size = 1;
  for (const [name, inner] of Object.entries(value) as [string, unknown][]) {
    size += name.length + sizeOf(inner, most - size, depth - 1);
    if (size > most) return Number.POSITIVE_INFINITY;
  }
  return size;
}
