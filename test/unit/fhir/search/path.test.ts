import { describe, expect, test } from '@jest/globals';
import { parsePaths } from '../../../../src/fhir/search/parameters/path.ts';

const child = (name: string): object => ({ kind: 'child', name });

describe('the expression of a search parameter is read:', () => {
  test.each<[string, object[]]>([
    ['Task.status', [{ base: 'Task', steps: [child('status')] }]],
    [
      'Patient.address.city | Person.address.city',
      [
        { base: 'Patient', steps: [child('address'), child('city')] },
        { base: 'Person', steps: [child('address'), child('city')] },
      ],
    ],
    [
      '(Observation.value as Quantity)',
      [{ base: 'Observation', steps: [child('value'), { kind: 'type', name: 'Quantity' }] }],
    ],
    [
      '(Observation.value.ofType(CodeableConcept)).text',
      [{ base: 'Observation', steps: [child('value'), { kind: 'type', name: 'CodeableConcept' }, child('text')] }],
    ],
    [
      'Task.for.where(resolve() is Patient)',
      [{ base: 'Task', steps: [child('for'), { kind: 'resolves', type: 'Patient' }] }],
    ],
    [
      "Library.relatedArtifact.where(type='composed-of').resource",
      [
        {
          base: 'Library',
          steps: [child('relatedArtifact'), { kind: 'where', name: 'type', value: 'composed-of' }, child('resource')],
        },
      ],
    ],
    [
      'Bundle.entry[0].resource',
      [{ base: 'Bundle', steps: [child('entry'), { kind: 'at', index: 0 }, child('resource')] }],
    ],
    ['value.ofType(Quantity)', [{ base: undefined, steps: [child('value'), { kind: 'type', name: 'Quantity' }] }]],
    ['Observation', [{ base: 'Observation', steps: [] }]],
  ])('%s', (expression, paths) => {
    expect(parsePaths(expression)).toEqual(paths);
  });

  test.each([
    'Patient.deceased.exists() and Patient.deceased != false',
    'Patient.name.given.first()',
    "Patient.telecom.where(system='phone' and use='home')",
    'iif(Patient.active, 1, 2)',
    '%resource.id',
    '((Patient.name)',
    '',
  ])('or left to the interpreter: %s', (expression) => {
    expect(parsePaths(expression)).toBeUndefined();
  });
});
