import type { Definition } from '../definitions/definition.ts';
import { definitionAt, typeDefinition } from '../definitions/known.ts';
import { modelOf } from '../definitions/model.ts';
import { fault, isObject, type JsonObject, remark, type Walk } from '../walk.ts';
import { findProfile } from './known-profiles.ts';

/**
 * Checks a resource against the profiles it claims (`meta.profile`). Those that are not known here are let be; only
 * `$validate` says so.
 */
export function checkClaimed(resource: JsonObject, walk: Walk): void {
  for (const [at, canonical] of claimedBy(resource).entries()) {
    if (typeof canonical !== 'string' || checkProfile(canonical, resource, walk) || !walk.withWarnings) continue;
    walk.path.push('meta', 'profile', at);
    remark(walk, 'warning', 'not-found', UNKNOWN);
    walk.path.length -= 3;
  }
}

/** What a resource claims to conform to; of one that is not valid, not all of it need be texts. */
export function claimedBy({ meta }: JsonObject): readonly unknown[] {
  return isObject(meta) && Array.isArray(meta.profile) ? (meta.profile as unknown[]) : [];
}

const UNKNOWN =
  'This profile is not known here, so nothing was checked against it. Correct its address, or ask the operator of this server to load it.';

/**
 * Checks a resource against a profile. What R4 itself says of its type, or of every resource, is one too; it is held
 * against that anyway.
 * @returns false when no such profile is known here
 */
export function checkProfile(canonical: string, resource: JsonObject, walk: Walk): boolean {
  const definition = definitionAt(canonical);
  if (!definition) return false;
  const type = String(resource.resourceType);
  if (definition.isProfile ? definition.type !== type : !isKindOf(type, definition))
    fault(walk, 'structure', `The profile ${canonical} is for another type. Claim one that is for this type.`);
  else findProfile(canonical)?.({ value: resource, model: modelOf(type), extra: undefined }, walk);
  return true;
}

/** Whether a type is what a definition defines, or specializes that: each is a `Resource`. */
function isKindOf(type: string, wanted: Definition): boolean {
  let own = typeDefinition(type);
  while (own && own !== wanted) own = own.base === undefined ? undefined : definitionAt(own.base);
  return own !== undefined;
}
