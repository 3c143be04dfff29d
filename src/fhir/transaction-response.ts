import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import { errorOf } from '../errors.ts';

/**
 * The answer to a Bundle as the specification has it: status with its words, location with the version, ETag, and the
 * resource only where the entry asked to read it. Pure.
 * @see https://hl7.org/fhir/R4/bundle.html#transaction-response
 */
export function tidyResponses(answer: Bundle): Bundle {
  return { ...answer, entry: (answer.entry ?? []).map(tidy) };
}

function tidy(entry: BundleEntry): BundleEntry {
  const { response, resource } = entry;
  if (!response) return entry;
  const failure = response.outcome?.issue?.some(({ severity }) => severity === 'error' || severity === 'fatal');
  const status = errorOf(response.outcome as never)?.status ?? response.status;
  if (failure) return { response: { status: String(status), outcome: response.outcome } } as BundleEntry;
  if (!response.location || !resource?.meta?.versionId)
    return { resource, response: { status: String(status) } } as BundleEntry;
  return { response: { status: String(status), ...versionOf(response.location, resource) } };
}

function versionOf(location: string, resource: { meta?: { versionId?: string; lastUpdated?: string } }): object {
  const { versionId, lastUpdated } = resource.meta ?? {};
  return { location: `${location}/_history/${versionId}`, etag: `W/"${versionId}"`, lastModified: lastUpdated };
}
