import type { OperationOutcome } from '@medplum/fhirtypes';

/** What is said of a change to who prefers an OperationOutcome. Pure. @see https://hl7.org/fhir/R4/http.html#ops */
export function confirmation(
  status: number,
  written: { readonly resourceType: string; readonly id?: string | undefined } | undefined,
): OperationOutcome {
  const what = written
    ? `${written.resourceType}/${written.id} ${status === 201 ? 'was created' : 'is up to date'}`
    : 'Deleted';
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'information', code: 'informational', details: { text: `${what}.` } }],
  };
}
