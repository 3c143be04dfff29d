import type { Patient } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { DEMOGRAPHICS } from '../../../../src/fhir/sharing/trimming/demographics.ts';

export const MRN = 'https://mrn.example';
export const RACE = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race';
const RELIGION = 'http://hl7.org/fhir/StructureDefinition/patient-religion';

/** Lists of words of policies. */
export const words = fc.subarray([
  ...DEMOGRAPHICS.filter((word) => !word.includes('<')),
  `identifier:${MRN}`,
  `extension:https://x.example/pets`,
]);

const text = fc.constantFrom('Larkspur Row', '"quoted"', 'Åsa', '#o', 'x');
const some = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(value, { nil: undefined });
const list = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T[] | undefined> =>
  some(fc.array(value, { minLength: 1, maxLength: 3 }));

const extension = fc.record({ url: fc.constantFrom(RACE, RELIGION, 'https://x.example/pets'), valueString: text });
const address = fc.record({
  use: some(fc.constant('home' as const)),
  line: list(text),
  city: some(text),
  postalCode: some(text),
  text: some(text),
  extension: list(extension),
});

/** What somebody may have written down of a client. */
export const records: fc.Arbitrary<Patient> = fc
  .record({
    meta: some(fc.record({ versionId: fc.constant('1'), source: some(text) })),
    active: some(fc.boolean()),
    name: list(fc.record({ family: text, extension: list(extension) })),
    gender: some(fc.constantFrom('female', 'other')),
    birthDate: some(fc.constantFrom('1957-05-07', '1957-05', '1957')),
    deceasedBoolean: some(fc.boolean()),
    address: list(address),
    telecom: list(fc.record({ system: fc.constant('phone' as const), value: text })),
    identifier: list(fc.record({ system: some(fc.constantFrom(MRN, 'http://hl7.org/fhir/sid/us-ssn')), value: text })),
    maritalStatus: some(fc.record({ text })),
    contact: list(fc.record({ name: fc.record({ text }), telecom: list(fc.record({ value: text })) })),
    managingOrganization: some(fc.record({ reference: fc.constantFrom('Organization/o', '#o'), display: some(text) })),
    photo: list(fc.record({ title: text })),
    text: some(fc.record({ status: fc.constant('generated' as const), div: text })),
    extension: list(extension),
  })
  .map((record) => JSON.parse(JSON.stringify({ resourceType: 'Patient', id: 'p', ...record })) as Patient);
