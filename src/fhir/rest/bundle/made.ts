import type { Resource } from '@medplum/fhirtypes';
import { splitValue, unescapeValue } from '../../search/conditions/values.ts';
import { type Condition, nameOf } from '../interactions/conditional.ts';

/** A resource that an entry of a Bundle makes. It is not checked yet: its elements may be anything. */
export interface Made {
  /** Where it will be, e.g. `Patient/1`. */
  readonly address: string;
  readonly type: string;
  readonly resource: Resource;
  /** Under which it is made. */
  readonly condition: Condition | undefined;
}

/**
 * Whether a reference by search means a resource that is not written yet: it is made under the same condition, or has the
 * identifier that is searched for. Pure.
 */
export function isMeant({ type, resource, condition }: Made, search: Condition): boolean {
  if (type !== search.type) return false;
  if (condition && nameOf(condition) === nameOf(search)) return true;
  const [only, more] = search.params;
  return only?.[0] === 'identifier' && !more && identifiersOf(resource).some((each) => hasToken(each, only[1]));
}

function identifiersOf(resource: object): readonly { readonly system?: unknown; readonly value?: unknown }[] {
  const { identifier } = resource as { identifier?: unknown };
  return [identifier].flat().filter((each) => typeof each === 'object' && each !== null);
}

/** @param token `value`, `system|value` or `|value`. @see https://hl7.org/fhir/R4/search.html#token */
function hasToken({ system, value }: { readonly system?: unknown; readonly value?: unknown }, token: string): boolean {
  const parts = splitValue(token, '|').map(unescapeValue);
  const [before = '', wanted = ''] = parts.length === 1 ? ['', ...parts] : parts;
  if (value !== wanted || wanted === '') return false;
  return parts.length === 1 || (system ?? '') === before;
}
