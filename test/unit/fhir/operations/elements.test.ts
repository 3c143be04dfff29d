import { beforeAll, describe, expect, test } from '@jest/globals';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { convertTo } from '../../../../src/fhir/operations/elements/convert.ts';
import { addElement, placeValue } from '../../../../src/fhir/operations/elements/place-value.ts';

describe('a value as a type', () => {
  const coding = { system: 'urn:s', code: 'c', display: 'C' };
  test.each<[string, unknown, unknown]>([
    ['date', '2026-03-01T12:00:00Z', '2026-03-01'],
    ['date', '2026-02-30', undefined],
    ['dateTime', '2026-03-01T12:00:00', undefined],
    ['dateTime', '2026-03', '2026-03'],
    ['instant', '2026-03-01', undefined],
    ['time', 'T10:00:00', '10:00:00'],
    ['time', '25:00:00', undefined],
    ['boolean', 'true', true],
    ['boolean', 1, undefined],
    ['integer', 1.5, undefined],
    ['positiveInt', 0, undefined],
    ['unsignedInt', '0', 0],
    ['decimal', { value: 2 }, 2],
    ['decimal', { value: 2, comparator: '<' }, undefined],
    ['Quantity', "5 'mg'", { value: 5, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' }],
    ['Quantity', 'five', undefined],
    ['code', coding, 'c'],
    ['code', 'two words', undefined],
    ['string', { coding: [coding] }, 'C'],
    ['string', ' ', undefined],
    ['CodeableConcept', coding, { coding: [coding], text: 'C' }],
    ['CodeableConcept', 'words', { text: 'words' }],
    ['Coding', { coding: [coding] }, coding],
    ['Coding', 'c', undefined],
    ['Reference', { resourceType: 'Patient', id: '1' }, { reference: 'Patient/1' }],
    ['Reference', 'words', undefined],
    ['HumanName', 'Åsa L', { text: 'Åsa L' }],
    ['Period', { start: '2026' }, { start: '2026' }],
    ['Period', '2026', undefined],
  ])('%s of %j', (type, value, wanted) => {
    expect(convertTo(value, type)).toEqual(wanted);
  });
});

describe('a value put into an element', () => {
  beforeAll(loadDefinitions);
  const put = (type: string, ...values: [string, unknown][]): unknown => {
    const node: Record<string, unknown> = {};
    const why = values
      .map(([path, value]) => placeValue({ node, type }, path, value))
      .find((each) => each !== undefined);
    return why ?? node;
  };

  test.each<[string, [string, unknown][], unknown]>([
    [
      'Patient',
      [
        ['name.family', 'L'],
        ['name.given', 'Å'],
        ['name.given', 'M'],
      ],
      { name: [{ family: 'L', given: ['Å', 'M'] }] },
    ],
    [
      'Patient',
      [
        ['contact.name.family', 'L'],
        ['contact[1].gender', 'male'],
      ],
      { contact: [{ name: { family: 'L' } }, { gender: 'male' }] },
    ],
    ['Observation', [['value[x]', 5]], { valueInteger: 5 }],
    ['Observation', [['value', { value: 5, unit: 'kg' }]], { valueQuantity: { value: 5, unit: 'kg' } }],
    ['Observation', [['valueQuantity.value', 5]], { valueQuantity: { value: 5 } }],
    ['Observation', [['valueDateTime', '2026']], { valueDateTime: '2026' }],
    ['Patient', [['deceased[x]', true]], { deceasedBoolean: true }],
    ['Patient', [['name[5].family', 'L']], { name: [{ family: 'L' }] }],
    ['Patient', [['shoeSize', 1]], 'Patient has no element shoeSize.'],
    ['Patient', [['constructor', 1]], 'Patient has no element constructor.'],
    ['Patient', [['__proto__.x', 1]], '"__proto__.x" is not a path of elements.'],
    ['Patient', [['birthDate.x', 1]], 'Patient has no element birthDate.x.'],
    ['Patient', [['birthDate', 'soon']], 'The value does not fit birthDate, which is date.'],
    ['Observation', [['valueBoolean', 'soon']], 'The value does not fit value, which is boolean.'],
  ])('of %s: %j', (type, values, wanted) => {
    expect(put(type, ...values)).toEqual(wanted);
  });

  test('adds an element to a list, and enters what is none', () => {
    const node: Record<string, unknown> = {};
    const patient = { node, type: 'Patient' };
    for (const family of ['A', 'B']) placeValue(addElement(patient, 'name') ?? patient, 'family', family);
    expect(addElement(patient, 'maritalStatus')).toEqual({ node: {}, type: 'CodeableConcept' });
    expect(addElement(patient, 'birthDate')).toBeUndefined();
    expect(node.name).toEqual([{ family: 'A' }, { family: 'B' }]);
  });
});
