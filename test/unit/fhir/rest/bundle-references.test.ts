import { describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { type Named, namesOf, withAddresses } from '../../../../src/fhir/rest/bundle/names.ts';

const HERE = 'Patient/p1';

function followed(reference: string, ...entries: Named[]): string | undefined {
  const task: Task = { resourceType: 'Task', status: 'draft', intent: 'order', for: { reference } };
  return withAddresses(task, namesOf(entries)).for?.reference;
}

describe('references between entries', () => {
  test.each([
    ['by the full address', 'https://ehr.example/fhir/Patient/1', 'https://ehr.example/fhir/Patient/1'],
    ['relative to it', 'https://ehr.example/fhir/Patient/1', 'Patient/1'],
    ['by a relative address', 'Patient/1', 'Patient/1'],
    ['by a UUID', 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000000', 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000000'],
    ['by a urn that is no UUID', 'urn:uuid:patient-1', 'urn:uuid:patient-1'],
    ['by an OID', 'urn:oid:1.2.3', 'urn:oid:1.2.3'],
  ])('are followed: %s', (_name, fullUrl, reference) => {
    expect(followed(reference, { fullUrl, address: HERE })).toBe(HERE);
  });

  test('keep the part within the entry that they point to', () => {
    const fullUrl = 'urn:uuid:patient-1';
    expect(followed(`${fullUrl}#contact`, { fullUrl, address: HERE })).toBe(`${HERE}#contact`);
  });

  test('are left as they are to what is not in the Bundle', () => {
    expect(followed('Patient/2', { fullUrl: 'https://ehr.example/fhir/Patient/1', address: HERE })).toBe('Patient/2');
    expect(followed('Patient/2', { fullUrl: undefined, address: HERE })).toBe('Patient/2');
  });

  test('of two entries with the same tail lead to the one that is named in full', () => {
    const two = [
      { fullUrl: 'https://a.example/Patient/1', address: 'Patient/a' },
      { fullUrl: 'https://b.example/Patient/1', address: 'Patient/b' },
    ];
    expect(followed('https://b.example/Patient/1', ...two)).toBe('Patient/b');
    expect(followed('https://a.example/Patient/1', ...two)).toBe('Patient/a');
  });
});
