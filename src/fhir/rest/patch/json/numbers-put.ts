import type { Operation } from '@medplum/core';
import { textOf, withNumbersOf } from '../../../../db/written-numbers.ts';
import { isObject } from '../../../validate/walk.ts';
import { writeNumber } from '../copied.ts';
import type { Json } from '../slot.ts';

/** Where a value stands: in an object, or in a list. */
interface Place {
  readonly owner: Json;
  readonly key: string;
}

/**
 * Carries out an operation of a JSON Patch, and has what it puts somewhere written there as it was where it comes from.
 * @param carryOut says why it could not be done, if it could not
 */
export function withNumbersPut(resource: object, operation: Operation, carryOut: () => unknown): unknown {
  const source = sourceOf(resource, operation);
  const value = source?.owner[source.key];
  const text = source && typeof value === 'number' ? textOf(source.owner, source.key) : undefined;
  const failure = carryOut();
  const place = failure || value === undefined ? undefined : placeOf(resource, operation.path);
  if (!place) return failure;
  if (typeof value === 'number') writeNumber(place.owner, place.key, text);
  else withNumbersOf(value, place.owner[place.key]);
  return failure;
}

/** Where what an operation puts somewhere comes from. */
function sourceOf(resource: object, operation: Operation): Place | undefined {
  if (operation.op === 'move' || operation.op === 'copy') return placeOf(resource, operation.from);
  if (operation.op !== 'add' && operation.op !== 'replace') return undefined;
  return { owner: operation as unknown as Json, key: 'value' };
}

/** Where a pointer leads to; undefined for the whole resource, and for nowhere. @see https://www.rfc-editor.org/rfc/rfc6901 */
export function placeOf(resource: object, pointer: string): Place | undefined {
  const steps = pointer.split('/').map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
  let owner: unknown = resource;
  for (const step of steps.slice(1, -1))
    owner = isObject(owner) || Array.isArray(owner) ? (owner as Json)[step] : undefined;
  const last = steps.length > 1 ? steps.at(-1) : undefined;
  if (last === undefined || typeof owner !== 'object' || owner === null) return undefined;
  return { owner: owner as Json, key: last === '-' && Array.isArray(owner) ? String(owner.length - 1) : last };
}
