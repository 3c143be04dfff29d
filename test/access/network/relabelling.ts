import type { Coding, Parameters } from '@medplum/fhirtypes';

/** The label of a mandated report. */
export const REPORT: Coding = { system: 'https://careloop.dev/fhir/CodeSystem/label', code: 'child-protection' };

export const WHY = 'The diagnosis was written into the wrong record.';

/** What `$meta-add` and `$meta-delete` are asked with. */
export function relabelling(coding: object, reason: string = WHY): Parameters {
  const parameter = [
    { name: 'meta', valueMeta: { security: [coding] } },
    ...(reason ? [{ name: 'reason', valueString: reason }] : []),
  ];
  return { resourceType: 'Parameters', parameter } as Parameters;
}
