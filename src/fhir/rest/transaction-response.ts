import type { Bundle, BundleEntry, OperationOutcome } from '@medplum/fhirtypes';
import { errorOf } from '../../errors.ts';
import { withoutQuotedValues } from './engine-outcome.ts';

/**
 * The answer to a Bundle as the specification has it: each entry's status, for a write the location with its version
 * and the ETag, for a read the resource. Pure.
 * @param asked the Bundle that is answered
 * @see https://hl7.org/fhir/R4/bundle.html#transaction-response
 */
export function tidyResponses(answer: Bundle, asked: Bundle): Bundle {
  const entry = (answer.entry ?? []).map((each, at) => tidy(each, asked.entry?.[at]?.request?.method));
  return { ...answer, entry };
}

function tidy({ response, resource }: BundleEntry, method: string | undefined): BundleEntry {
  const outcome = response?.outcome as OperationOutcome | undefined;
  const status = String((outcome && errorOf(outcome)?.status) ?? response?.status ?? '500');
  if (outcome && hasError(outcome)) return { response: { status, outcome: shown(outcome) } };
  if (method === 'GET' || method === 'HEAD') return { ...(resource ? { resource } : {}), response: { status } };
  const { versionId, lastUpdated } = resource?.meta ?? {};
  if (!response?.location || !versionId || !lastUpdated) return { response: { status } };
  return {
    response: {
      status,
      location: `${response.location}/_history/${versionId}`,
      etag: `W/"${versionId}"`,
      lastModified: lastUpdated,
    },
  };
}

function hasError(outcome: OperationOutcome): boolean {
  return outcome.issue.some(({ severity }) => severity === 'error' || severity === 'fatal');
}

function shown(outcome: OperationOutcome): OperationOutcome {
  const { id: _id, ...said } = errorOf(outcome) ? outcome : withoutQuotedValues(outcome);
  return said;
}
