import { withNumbersOf } from '../../db/written-numbers.ts';
import type { Held, Stored } from './held.ts';

/** Of what the hub says something beside the versions. */
export const ANNOTATED: ReadonlySet<string> = new Set(['Task']);

/**
 * What the hub itself says of a resource as it stands. Where its transaction changes the resource, it is part of that version;
 * else the version stays the one it is: nobody is told, no history is written, and who has read it may still change it by
 * that version (If-Match).
 * @see https://hl7.org/fhir/R4/resource.html#Meta "Changes to the content might not always be associated with version changes"
 */
export function annotate(held: Held, resource: Stored): void {
  if (!held.after) return;
  const { versionId, lastUpdated } = held.after.meta ?? {};
  const after = { ...resource, meta: { ...resource.meta, versionId, lastUpdated } } as Stored;
  withNumbersOf(held.after, after);
  if (held.after === held.before) held.before = after;
  held.after = after;
  held.dirty = true;
}

/** The version that is written, and when it was made: of what is only annotated, the one that stands. */
export function writtenVersion(
  { before, after, version, storedVersion }: Held,
  now: Date,
): { readonly version: number; readonly lastUpdated: string } {
  const stands = after !== undefined && after === before && storedVersion !== undefined;
  return stands
    ? { version: storedVersion, lastUpdated: after.meta?.lastUpdated ?? now.toISOString() }
    : { version, lastUpdated: now.toISOString() };
}
