import type { Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import type { Stored } from '../../store/unit-of-work.ts';
import { copied, withNumbersAsTheyStand } from './copied.ts';
import { fhirPathPatch } from './fhirpath-patch.ts';
import { jsonPatch } from './json/json-patch.ts';
import type { Patch } from './patch.ts';

/** Reads what was sent to change a resource. Pure. @throws AppError (400) when it is no patch */
export function readPatch(change: unknown): Patch {
  if (Array.isArray(change)) return jsonPatch(change);
  if (typeof change === 'object' && (change as Resource | null)?.resourceType === 'Parameters') {
    return fhirPathPatch((change as { readonly parameter?: unknown }).parameter);
  }
  const text = 'Send a JSON Patch (application/json-patch+json) or a FHIRPath Patch (a Parameters resource).';
  throw new AppError('invalid', 'patch.expected', text);
}

/** A resource after a patch. Pure. @throws AppError (422) when the patch does not fit, or makes another resource of it */
export function patched(before: Stored, patch: Patch): Stored {
  const copy = copied(before);
  patch(copy);
  if (copy.resourceType === before.resourceType && copy.id === before.id) return withoutEmptyLists(copy);
  throw new AppError('unprocessable', 'patch.identity', 'A patch may not change the type or the id of a resource.');
}

/**
 * Whose last member is taken away is no list any more: FHIR has none that are empty. So with what stands beside a
 * primitive (`_birthDate`), when nothing is left of it.
 */
function withoutEmptyLists<T>(value: T): T {
  if (Array.isArray(value)) return withNumbersAsTheyStand(value, value.map(withoutEmptyLists)) as T;
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value)
    .map(([name, inner]) => [name, withoutEmptyLists(inner as unknown)] as const)
    .map(([name, inner]) => [name, name.startsWith('_') ? besideOf(inner) : inner] as const)
    .filter(([, inner]) => inner !== undefined && !(Array.isArray(inner) && inner.length === 0));
  return withNumbersAsTheyStand(value, Object.fromEntries(kept)) as T;
}

function besideOf(extra: unknown): unknown {
  if (!Array.isArray(extra)) return isEmpty(extra) ? undefined : extra;
  const each = extra.map((inner) => (isEmpty(inner) ? null : (inner as unknown)));
  return each.every((inner) => inner === null) ? undefined : each;
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
