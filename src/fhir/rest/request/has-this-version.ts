import type { Resource } from '@medplum/fhirtypes';
import type { Interaction } from '../interaction.ts';

/**
 * Whether who reads a resource has it as it stands already, as the conditions of the read say. Pure.
 * @see https://hl7.org/fhir/R4/http.html#cread
 */
export function hasThisVersion(
  { meta }: Resource,
  { ifNoneMatch, ifModifiedSince }: Pick<Interaction, 'ifNoneMatch' | 'ifModifiedSince'>,
): boolean {
  if (!meta?.versionId) return false;
  if (ifNoneMatch !== undefined) {
    return ifNoneMatch.split(',').some((each) => each.trim() === '*' || tagged(each) === meta.versionId);
  }
  const since = Date.parse(ifModifiedSince ?? '');
  // The header has no fractions of a second.
  return !Number.isNaN(since) && Math.floor(Date.parse(meta.lastUpdated ?? '') / 1_000) * 1_000 <= since;
}

/** The version an ETag names, weak or strong: a read compares weakly. */
function tagged(etag: string): string | undefined {
  return /^(?:W\/)?"([^"]+)"$/.exec(etag.trim())?.[1];
}
