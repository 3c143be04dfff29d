import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { isBelow } from '../../../../src/fhir/integrity/known-servers.ts';
import { targetsAt } from '../../../../src/fhir/integrity/reference-targets.ts';

beforeAll(loadDefinitions);

describe('the types that may stand', () => {
  test.each<readonly [string, readonly string[] | undefined]>([
    ['Patient.managingOrganization.reference', ['Organization']],
    ['Patient.generalPractitioner[1].reference', ['Organization', 'Practitioner', 'PractitionerRole']],
    ['Patient.link[0].other.reference', ['Patient', 'RelatedPerson']],
    ['Patient.identifier[0].assigner.reference', ['Organization']],
    ['Task.note[0].authorReference.reference', ['Practitioner', 'Patient', 'RelatedPerson', 'Organization']],
    ['Observation.component[0].extension[0].valueReference.reference', undefined],
    ['Task.focus.reference', undefined],
    ['Task.input[0].valueReference.reference', undefined],
    ['Task.contained[0].subject.reference', undefined],
    ['QuestionnaireResponse.item[0].answer[0].item[1].answer[0].valueReference.reference', undefined],
    ['MedicationRequest.medicationReference.reference', ['Medication']],
    ['Nothing.at.all', undefined],
    ['Patient.constructor.reference', undefined],
    ['', undefined],
  ])('at %s', (expression, types) => {
    expect(targetsAt(expression)).toEqual(types);
  });
});

describe('an address lies below another', () => {
  test.each([
    ['https://ehr.example/fhir/Patient/1', 'https://ehr.example/fhir', true],
    ['https://ehr.example/fhir/Patient/1', 'https://ehr.example/fhir/', true],
    ['https://ehr.example.evil/Patient/1', 'https://ehr.example', false],
    ['https://ehr.example/fhir2/Patient/1', 'https://ehr.example/fhir', false],
    ['https://ehr.example/Patient/1', '', false],
  ])('%s, %s: %s', (reference, base, below) => {
    expect(isBelow(reference, base)).toBe(below);
  });
});
