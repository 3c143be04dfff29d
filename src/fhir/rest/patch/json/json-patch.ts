import { applyPatch, type Operation } from '@medplum/core';
import type { Patch } from '../patch.ts';
import { doesNotFit, growsTooMuch, named, notAnOperation, testFailed } from '../refusals.ts';
import { growth, MOST_STEPS } from './growth.ts';
import { withNumbersPut } from './numbers-put.ts';

/** What each operation needs beside its path. */
const NEEDED: ReadonlyMap<unknown, 'value' | 'from' | undefined> = new Map([
  ['add', 'value'],
  ['replace', 'value'],
  ['test', 'value'],
  ['move', 'from'],
  ['copy', 'from'],
  ['remove', undefined],
]);

/**
 * A JSON Patch, carried out one operation after the other.
 * @throws AppError (400) when one of them is no operation, before anything is changed
 * @see https://www.rfc-editor.org/rfc/rfc6902
 */
export function jsonPatch(operations: readonly unknown[]): Patch {
  for (const [at, operation] of operations.entries()) checkOperation(operation, at);
  return (resource) => {
    const mayPut = growth(resource);
    for (const [at, operation] of (operations as readonly Operation[]).entries()) {
      const what = named(operation.op, operation.path);
      if (!mayPut(operation)) throw growsTooMuch(at, what);
      const failure = applied(resource, operation);
      if (!failure) continue;
      throw operation.op === 'test' ? testFailed(at, what) : doesNotFit(at, what, failure);
    }
  };
}

function applied(resource: object, operation: Operation): unknown {
  try {
    return withNumbersPut(resource, operation, () => applyPatch(resource, [operation])[0]);
  } catch (thrown) {
    return thrown;
  }
}

function checkOperation(operation: unknown, at: number): void {
  if (typeof operation !== 'object' || operation === null || Array.isArray(operation)) {
    throw notAnOperation(at, 'it must be an object with "op" and "path"');
  }
  const { op, path, from } = operation as Readonly<Record<string, unknown>>;
  if (!NEEDED.has(op)) throw notAnOperation(at, `"op" must be one of ${[...NEEDED.keys()].join(', ')}`);
  if (!isPointer(path)) throw notAnOperation(at, '"path" must be a JSON pointer, e.g. /name/0/family');
  const needed = NEEDED.get(op);
  if (needed === 'from' && !isPointer(from)) {
    throw notAnOperation(at, '"from" must be a JSON pointer, e.g. /name/0/family');
  }
  for (const pointer of [path, from]) {
    if (typeof pointer === 'string' && pointer.split('/').length > MOST_STEPS)
      throw notAnOperation(at, `nothing stands so deep in a resource that a path has more than ${MOST_STEPS} steps`);
  }
  if (op === 'move' && path !== from && `${path}/`.startsWith(`${from}/`)) {
    throw notAnOperation(at, 'a value is not moved into itself, as "path" says within "from"');
  }
  if (needed === 'value' && !Object.hasOwn(operation, 'value')) throw notAnOperation(at, 'it has no "value"');
}

/** @see https://www.rfc-editor.org/rfc/rfc6901 */
function isPointer(text: unknown): boolean {
  return typeof text === 'string' && (text === '' || text.startsWith('/'));
}
