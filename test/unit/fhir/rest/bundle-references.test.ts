import { describe, expect, test } from '@jest/globals';
import type { Bundle } from '@medplum/fhirtypes';
import { withUrnReferences } from '../../../../src/fhir/rest/bundle.ts';

const UUID_URN = 'urn:uuid:aaaaaaaa-0000-4000-8000-000000000000';

describe('references between entries', () => {
  const named = (patient: string, reference: string, method: 'POST' | 'PUT' = 'POST', url = 'Patient'): Bundle => ({
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { fullUrl: patient, request: { method, url }, resource: { resourceType: 'Patient' } },
      {
        request: { method: 'POST', url: 'Task' },
        resource: { resourceType: 'Task', status: 'draft', intent: 'order', for: { reference } },
      },
    ],
  });
  const ENGINE_URN = /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

  test.each([
    ['by the full address', 'https://ehr.example/fhir/Patient/1', 'https://ehr.example/fhir/Patient/1'],
    ['relative to it', 'https://ehr.example/fhir/Patient/1', 'Patient/1'],
    ['by a relative address', 'Patient/1', 'Patient/1'],
    ['by a urn that is no UUID', 'urn:uuid:patient-1', 'urn:uuid:patient-1'],
    [
      'by a urn in capitals',
      'urn:uuid:AAAAAAAA-0000-4000-8000-00000000000B',
      'urn:uuid:AAAAAAAA-0000-4000-8000-00000000000B',
    ],
    ['by an OID', 'urn:oid:1.2.3', 'urn:oid:1.2.3'],
  ])('are followed: %s', (_name, fullUrl, reference) => {
    const bundle = withUrnReferences(named(fullUrl, reference));
    expect(bundle.entry?.[0]?.fullUrl).toMatch(ENGINE_URN);
    expect(bundle.entry?.[1]?.resource).toMatchObject({ for: { reference: bundle.entry?.[0]?.fullUrl } });
  });

  test('are followed to an entry that may exist already', () => {
    const bundle = withUrnReferences(
      named('https://ehr.example/fhir/Patient/1', 'Patient/1', 'PUT', 'Patient?identifier=1'),
    );
    expect(bundle.entry?.[1]?.resource).toMatchObject({ for: { reference: bundle.entry?.[0]?.fullUrl } });
    expect(bundle.entry?.[0]?.fullUrl).toMatch(ENGINE_URN);
  });

  test.each([
    ['to an entry named by a UUID', UUID_URN, UUID_URN, 'POST', 'Patient'],
    ['to an entry that keeps its own address', 'https://ehr.example/fhir/Patient/1', 'Patient/1', 'PUT', 'Patient/1'],
    ['to what is not in the Bundle', 'https://ehr.example/fhir/Patient/1', 'Patient/2', 'POST', 'Patient'],
  ] as const)('are left as they are: %s', (_name, fullUrl, reference, method, url) => {
    const bundle = withUrnReferences(named(fullUrl, reference, method, url));
    expect(bundle.entry?.[1]?.resource).toMatchObject({ for: { reference } });
  });

  test('of two entries with the same tail lead to the one that is named in full', () => {
    const two = named('https://a.example/Patient/1', 'https://b.example/Patient/1');
    two.entry?.splice(1, 0, {
      fullUrl: 'https://b.example/Patient/1',
      request: { method: 'POST', url: 'Patient' },
      resource: { resourceType: 'Patient' },
    });
    const bundle = withUrnReferences(two);
    expect(bundle.entry?.[2]?.resource).toMatchObject({ for: { reference: bundle.entry?.[1]?.fullUrl } });
    expect(bundle.entry?.[0]?.fullUrl).not.toBe(bundle.entry?.[1]?.fullUrl);
  });
});
