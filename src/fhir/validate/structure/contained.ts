import { containedById } from '../contained-by-id.ts';
import type { Invariant } from '../invariants/invariant.ts';
import { fault, isObject, type JsonObject, type Walk } from '../walk.ts';

const NESTED = 'A contained resource may not contain others. Contain them in the resource itself. (Rule dom-2.)';
const VERSIONED = 'A contained resource has no version of its own. Leave versionId and lastUpdated out. (Rule dom-4.)';
const LABELLED = 'A contained resource has no security labels of its own. Label the resource itself. (Rule dom-5.)';
const UNUSED =
  'Nothing refers to this contained resource. Refer to it by "#" and its id, or leave it out. (Rule dom-3.)';
const SAME_ID = 'Another contained resource has this id. Give each an id of its own, and refer to it by that.';
const MISSING = 'There is no contained resource with this id. Contain it, or refer to where it is. (Rule ref-1.)';

/** What holds for a resource within another one. @see https://hl7.org/fhir/R4/references.html#contained */
export function checkContainer(container: JsonObject, walk: Walk): void {
  const contained = containedIn(container);
  if (contained.length === 0) return;
  const referred = new Set<string>();
  collectLocal(container, referred);
  const ids = new Set<unknown>();
  for (const [at, each] of contained.entries()) {
    if (!isObject(each)) continue;
    const place = `contained[${at}]`;
    const meta = isObject(each.meta) ? each.meta : {};
    if (each.contained !== undefined) fault(walk, 'invariant', NESTED, place);
    if (meta.versionId !== undefined || meta.lastUpdated !== undefined) fault(walk, 'invariant', VERSIONED, place);
    if (meta.security !== undefined) fault(walk, 'invariant', LABELLED, place);
    if (ids.has(each.id)) fault(walk, 'structure', SAME_ID, `${place}.id`);
    if (each.id !== undefined) ids.add(each.id);
    if (!isReferred(each, referred)) fault(walk, 'invariant', UNUSED, place);
  }
}

function containedIn(container: JsonObject): readonly unknown[] {
  const { contained } = container;
  return Array.isArray(contained) ? contained : [];
}

/** A contained resource is in use when something points to it, or it points to its container. */
function isReferred(resource: JsonObject, referred: ReadonlySet<string>): boolean {
  if (typeof resource.id === 'string' && referred.has(`#${resource.id}`)) return true;
  const own = new Set<string>();
  collectLocal(resource, own);
  return own.has('#');
}

/** All texts that start with `#`, however deep they stand. */
function collectLocal(value: unknown, found: Set<string>): void {
  const open: unknown[] = [value];
  while (open.length > 0) {
    const next = open.pop();
    if (typeof next === 'string' && next.startsWith('#')) found.add(next);
    // One by one: a list may have more members than a call may have arguments.
    if (typeof next === 'object' && next !== null) for (const inner of Object.values(next)) open.push(inner);
  }
}

/** A reference that starts with `#` points to what is contained, or to the container itself. */
export const referenceToContained: Invariant = ({ value }, walk) => {
  const reference = isObject(value) ? value.reference : undefined;
  if (typeof reference !== 'string' || !reference.startsWith('#') || reference === '#') return;
  if (containedById(walk.root, reference.slice(1)).length === 0) fault(walk, 'invariant', MISSING, 'reference');
};
