import { describe, expect, test } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { patientOf } from '../../../../src/fhir/audit/patient-of.ts';

const mine = { reference: 'Patient/1' };

describe('whose record a resource is in', () => {
  test.each<readonly [object, string | undefined]>([
    [{ resourceType: 'Patient', id: '1' }, '1'],
    [{ resourceType: 'Observation', subject: mine }, '1'],
    [{ resourceType: 'Consent', patient: mine }, '1'],
    [{ resourceType: 'Task', for: mine }, '1'],
    [{ resourceType: 'Coverage', beneficiary: mine }, '1'],
    [{ resourceType: 'Group', id: 'g' }, undefined],
    [{ resourceType: 'Observation', subject: { reference: 'Group/1' } }, undefined],
    [{ resourceType: 'Observation', subject: { display: 'Somebody' } }, undefined],
    [{ resourceType: 'Observation', subject: { reference: 'https://ehr.example/Patient/1' } }, undefined],
    [{ resourceType: 'PlanDefinition', subject: undefined }, undefined],
  ])('%j: %s', (resource, patient) => {
    expect(patientOf(resource as Resource)).toBe(patient);
  });

  test('nobody’s, when there is none', () => {
    expect(patientOf(undefined)).toBeUndefined();
  });
});
