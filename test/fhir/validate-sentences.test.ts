import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { loadHouseProfiles } from '../../src/fhir/validate/profiles/known-profiles.ts';
import { examine } from '../../src/fhir/validate/validate.ts';
import { isPublishedHere, SDOHCC, US_CORE } from './published.ts';

beforeAll(() => {
  loadDefinitions();
  loadHouseProfiles(isPublishedHere ? `${SDOHCC},${US_CORE}` : undefined);
});

/** What is wrong, as `place: sentence`. */
function faults(resource: object): string[] {
  const found = examine(resource as Resource, []).findings.filter(({ severity }) => severity === 'error');
  return found.map(({ expression, text }) => `${expression}: ${text}`);
}

const task = (fields: object): object => ({ resourceType: 'Task', status: 'draft', intent: 'order', ...fields });
const patient = (fields: object): object => ({ resourceType: 'Patient', ...fields });
const observation = (fields: object): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  ...fields,
});
const LIST = 'This element may repeat. Write a list ([…]), even for one value.';
const TIME = 'e.g. "2026-03-02T09:00:00Z". Correct it.';

/** What developers of partners really send, and what they are told. */
describe('a developer is told what is wrong, where, and what to do', () => {
  test.each<[string, object, string]>([
    [
      'a date as Americans write it',
      patient({ birthDate: '03/02/1980' }),
      'Patient.birthDate: This is not a date: YYYY, YYYY-MM or YYYY-MM-DD. Correct it.',
    ],
    [
      'a code of HL7 v2',
      patient({ gender: 'F' }),
      'Patient.gender: "F" is not a code of the value set http://hl7.org/fhir/ValueSet/administrative-gender. Use one of: male, female, other, unknown.',
    ],
    [
      'two contained resources of one id',
      patient({
        contained: ['A', 'B'].map((name) => ({ resourceType: 'Organization', id: 'home', name })),
        managingOrganization: { reference: '#home' },
      }),
      'Patient.contained[1].id: Another contained resource has this id. Give each an id of its own, and refer to it by that.',
    ],
    ['a name as a text', patient({ name: 'Jane Doe' }), `Patient.name: ${LIST}`],
    ['one name without a list', patient({ name: { family: 'Doe' } }), `Patient.name: ${LIST}`],
    [
      'a list where one stands',
      patient({ name: [{ family: ['Doe'] }] }),
      'Patient.name[0].family: Only one value may stand here. Write it without a list.',
    ],
    [
      'a name as a text in a list',
      patient({ contact: [{ name: 'x' }] }),
      'Patient.contact[0].name: Write an object ({…}) with the elements of HumanName here, e.g. {"family": "Doe", "given": ["Jane"]}.',
    ],
    [
      'a time with a space',
      task({ authoredOn: '2026-03-02 09:00:00' }),
      `Task.authoredOn: This is not a date, or a date with a time to the second and a time zone, ${TIME}`,
    ],
    [
      'a time without a zone',
      observation({ effectiveDateTime: '2026-03-02T09:00:00' }),
      `Observation.effective.ofType(dateTime): This is not a date, or a date with a time to the second and a time zone, ${TIME}`,
    ],
    [
      'a day where a moment stands',
      observation({ issued: '2026-03-02' }),
      `Observation.issued: This is not a date with a time to the second and a time zone, ${TIME}`,
    ],
    ['a time as a number', task({ authoredOn: 1709370000 }), 'Task.authoredOn: Write text here, in quotes.'],
    [
      'a code in capitals',
      { resourceType: 'Task', status: 'Draft', intent: 'order' },
      'Task.status: "Draft" is not a code of the value set http://hl7.org/fhir/ValueSet/task-status. Use one of: draft, requested, received, accepted, rejected, ready, cancelled, in-progress, on-hold, failed, completed, entered-in-error.',
    ],
    [
      'a reference as a text',
      task({ for: 'Patient/1' }),
      'Task.for: Write an object ({…}) with the elements of Reference here, e.g. {"reference": "Patient/1"}.',
    ],
    [
      'a concept as a text',
      task({ code: 'fulfill' }),
      'Task.code: Write an object ({…}) with the elements of CodeableConcept here, e.g. {"coding": [{"system": "http://loinc.org", "code": "8302-2"}]}.',
    ],
    ['one coding without a list', task({ code: { coding: { code: 'y' } } }), `Task.code.coding: ${LIST}`],
    [
      'a value without its type',
      observation({ value: 5 }),
      'Observation.value: There is no such element in R4. Its name says its type: write valueQuantity, valueCodeableConcept, valueString, valueBoolean, valueInteger, valueRange, ….',
    ],
    [
      'a number in quotes',
      observation({ valueQuantity: { value: '5' } }),
      'Observation.value.ofType(Quantity).value: Write a number here, without quotes.',
    ],
    [
      'a number for a quantity',
      observation({ valueQuantity: 5 }),
      'Observation.value.ofType(Quantity): Write an object ({…}) with the elements of Quantity here, e.g. {"value": 1, "system": "http://unitsofmeasure.org", "code": "kg"}.',
    ],
    [
      'null',
      observation({ valueString: null }),
      'Observation.value.ofType(string): null says nothing in FHIR. Give a value, or leave the element out.',
    ],
    [
      'nothing where something must be',
      { resourceType: 'Observation', code: { text: 'x' } },
      'Observation.status: status is required. Add it.',
    ],
    [
      'an element in capitals',
      task({ Status: 'draft' }),
      'Task.Status: There is no such element in R4. Is status meant? Correct its name, or leave it out.',
    ],
    [
      'an element in small letters',
      task({ businessstatus: { text: 'x' } }),
      'Task.businessstatus: There is no such element in R4. Is businessStatus meant? Correct its name, or leave it out.',
    ],
    [
      'an element with a slip',
      task({ descripton: 'x' }),
      'Task.descripton: There is no such element in R4. Is description meant? Correct its name, or leave it out.',
    ],
    [
      'an element of their own',
      task({ priorityScore: 5 }),
      'Task.priorityScore: There is no such element in R4. Leave it out, or correct its name.',
    ],
    [
      'a coding without its system',
      { resourceType: 'Condition', subject: { display: 'x' }, clinicalStatus: { coding: [{ code: 'active' }] } },
      'Condition.clinicalStatus: This code names no system, so it is none of the value set http://hl7.org/fhir/ValueSet/condition-clinical. Use one of: active, recurrence, relapse, inactive, remission, resolved (system http://terminology.hl7.org/CodeSystem/condition-clinical).',
    ],
    [
      'a telephone number alone',
      patient({ telecom: [{ value: '555-1234' }] }),
      'Patient.telecom[0]: A system is required if a value is provided. (Rule cpt-2 of ContactPoint.)',
    ],
    [
      'a record number as a number',
      patient({ identifier: [{ system: 'MRN', value: 12345 }] }),
      'Patient.identifier[0].value: Write text here, in quotes.',
    ],
    ['a truth in quotes', patient({ active: 'true' }), 'Patient.active: Write true or false here, without quotes.'],
    [
      'a narrative as a text',
      patient({ text: '<div>x</div>' }),
      'Patient.text: Write an object ({…}) with the elements of Narrative here.',
    ],
    [
      'an id with a space',
      patient({ id: 'my id' }),
      'Patient.id: This is not an id: 1 to 64 letters, digits, dots and hyphens. Correct it.',
    ],
    [
      'a locale',
      patient({ language: 'en_US' }),
      'Patient.language: This is not a code of the value set http://hl7.org/fhir/ValueSet/all-languages. Write a language tag, e.g. "en-US".',
    ],
  ])('%s', (_what, resource, sentence) => {
    expect(faults(resource)).toContain(sentence);
  });

  test('a resource that says of nothing what it is', () => {
    expect(() => faults({ resourcetype: 'Patient' })).toThrow(
      'This has no resourceType. Say what it is, e.g. "resourceType": "Task".',
    );
  });

  (isPublishedHere ? test : test.skip)('what a profile misses: which slice, and what tells it', () => {
    const sdoh = 'http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-Condition';
    const race = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-race';
    const condition = { resourceType: 'Condition', meta: { profile: [sdoh] }, subject: { reference: 'Patient/1' } };
    expect(faults(condition)).toEqual(
      expect.arrayContaining([
        `Condition.category: category is required 2 times at least. Add what is missing. (Profile ${sdoh}.)`,
        `Condition.category: category:screening-assessment is required. Add it. It is told by this: a code of the value set http://hl7.org/fhir/us/core/ValueSet/us-core-screening-assessment-condition-category. (Profile ${sdoh}.)`,
      ]),
    );
    const core = 'http://hl7.org/fhir/us/core/StructureDefinition/us-core-patient';
    const extension = [{ url: race, extension: [{ url: 'detailed', valueCoding: { system: 'x', code: 'y' } }] }];
    expect(faults(patient({ meta: { profile: [core] }, extension }))).toContain(
      `Patient.extension[0].extension: extension:text is required. Add it. It is told by this: url is "text". (Profile ${race}.)`,
    );
    const procedure = {
      resourceType: 'Procedure',
      meta: { profile: [sdoh.replace('Condition', 'Procedure')] },
      status: 'completed',
      subject: { reference: 'Patient/1' },
      code: { coding: [{ system: 'SNOMED', code: 'x' }] },
    };
    expect(faults(procedure).find((each) => each.startsWith('Procedure.code'))).toContain(
      'Use one of its codes, of http://www.ama-assn.org/go/cpt or http://snomed.info/sct or ',
    );
  });
});
