import type { Resource } from '@medplum/fhirtypes';
import { ANNOTATED } from '../../store/annotate.ts';
import type { Interaction } from '../interaction.ts';

/**
 * Whether who reads a resource has it as it stands already, as the conditions of the read say. Pure.
 * @see https://hl7.org/fhir/R4/http.html#cread
 */
export function hasThisVersion(
  { type, versionId, lastUpdated }: Version,
  { ifNoneMatch, ifModifiedSince }: Pick<Interaction, 'ifNoneMatch' | 'ifModifiedSince'>,
): boolean {
  if (versionId === undefined || type === undefined) return false;
  if (ifNoneMatch !== undefined) {
    // Who has the version need not have what was said beside it since.
    if (ANNOTATED.has(type)) return false;
    return ifNoneMatch.split(',').some((each) => each.trim() === '*' || tagged(each) === versionId);
  }
  if (ifModifiedSince === undefined || lastUpdated === undefined) return false;
  // The header has no fractions of a second. What is no time is after nothing.
  return Math.floor(lastUpdated.getTime() / 1_000) * 1_000 <= Date.parse(ifModifiedSince);
}

/** Which version of a resource an answer holds; it is none where it is nothing that is stored. */
export interface Version {
  readonly type: string | undefined;
  readonly versionId: string | undefined;
  readonly lastUpdated: Date | undefined;
}

export function versionOf(resource: Resource | undefined): Version {
  const { versionId, lastUpdated } = resource?.meta ?? {};
  return {
    type: resource?.resourceType,
    versionId,
    lastUpdated: lastUpdated === undefined ? undefined : new Date(lastUpdated),
  };
}

/** The version an ETag names, weak or strong: a read compares weakly. */
function tagged(etag: string): string | undefined {
  return /^(?:W\/)?"([^"]+)"$/.exec(etag.trim())?.[1];
}
