import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { type Answer, call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { named, OBSERVATION, operation, place, value, WEIGHED } from './patches.ts';

const SAID = { ...OBSERVATION, valueString: 'heavy' };
const TASK = {
  resourceType: 'Task',
  status: 'draft',
  intent: 'order',
  input: [
    { type: { text: 'a' }, valueString: 'one' },
    { type: { text: 'b' }, valueInteger: 2 },
  ],
};
const SINCE = [{ url: 'http://example.org/since', valueDate: '2020-01-01' }];
const PERSON = {
  resourceType: 'Patient',
  gender: 'female',
  _birthDate: { extension: SINCE },
  birthDate: '1950-05-05',
  name: [{ family: 'Ek', given: ['Eva', 'Maj', 'Li'], _given: [null, { extension: SINCE }, null] }],
  contact: [{ gender: 'male', name: { family: 'Kin' } }],
};
const CONTAINING = {
  resourceType: 'List',
  status: 'current',
  mode: 'working',
  contained: [{ resourceType: 'Basic', id: 'inner', code: { text: 'x' } }],
  entry: [{ item: { reference: '#inner' } }],
};

describe.each(databaseKinds())('a FHIRPath Patch (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const stored = (body: object): Promise<Resource & { id: string }> =>
    done(call('POST', `${hub.fhir}/${(body as Resource).resourceType}`, { body }));
  const patch = ({ resourceType, id }: Resource, ...parameter: unknown[]): Promise<Answer<unknown>> =>
    call('PATCH', `${hub.fhir}/${resourceType}/${id}`, { body: { resourceType: 'Parameters', parameter } });

  /** What a resource is after an operation, without its id and meta. */
  const patched = async (body: object, ...operations: object[]): Promise<object> => {
    const before = await stored(body);
    const answer = await patch(before, ...operations);
    expect(answer.status).toBe(200);
    const { id, meta, ...rest } = answer.body as Resource;
    expect([id, meta?.versionId]).toEqual([before.id, '2']);
    return rest;
  };

  const QUANTITY = { valueQuantity: { value: 71, unit: 'kg' } };

  test.each<[string, object, object, object]>([
    [
      'replaces what stands in an element with a choice of types',
      WEIGHED,
      operation('replace', 'Observation.value.value', value({ valueDecimal: 71 })),
      { ...OBSERVATION, ...QUANTITY },
    ],
    [
      'replaces what stands in one of its types',
      WEIGHED,
      operation('replace', 'Observation.value.ofType(Quantity).value', value({ valueDecimal: 71 })),
      { ...OBSERVATION, ...QUANTITY },
    ],
    [
      'replaces what stands in one of its types, by "as"',
      WEIGHED,
      operation('replace', '(Observation.value as Quantity).value', value({ valueDecimal: 71 })),
      { ...OBSERVATION, ...QUANTITY },
    ],
    [
      'replaces it by the same type',
      WEIGHED,
      operation('replace', 'Observation.value', value(QUANTITY)),
      { ...OBSERVATION, ...QUANTITY },
    ],
    [
      'replaces it by another type',
      SAID,
      operation('replace', 'Observation.value', value(QUANTITY)),
      { ...OBSERVATION, ...QUANTITY },
    ],
    ['deletes it', WEIGHED, operation('delete', 'Observation.value'), OBSERVATION],
    ['deletes it as its type', SAID, operation('delete', 'Observation.value.ofType(string)'), OBSERVATION],
    ['deletes nothing where it is of another type', SAID, operation('delete', 'Observation.value.unit'), SAID],
    [
      'replaces it in a member of a list',
      TASK,
      operation('replace', 'Task.input[0].value', value({ valueBoolean: false })),
      { ...TASK, input: [{ type: { text: 'a' }, valueBoolean: false }, TASK.input[1]] },
    ],
    [
      'replaces it in a member of a list that is told by another element',
      TASK,
      operation('replace', "Task.input.where(type.text = 'b').value", value({ valueInteger: 3 })),
      { ...TASK, input: [TASK.input[0], { type: { text: 'b' }, valueInteger: 3 }] },
    ],
    [
      'adds it by its name',
      OBSERVATION,
      operation('add', 'Observation', named('value'), value(QUANTITY)),
      { ...OBSERVATION, ...QUANTITY },
    ],
    [
      'adds it by its name with its type',
      OBSERVATION,
      operation('add', 'Observation', named('valueQuantity'), value(QUANTITY)),
      { ...OBSERVATION, ...QUANTITY },
    ],
    [
      'adds to it',
      { ...OBSERVATION, valueQuantity: { value: 70 } },
      operation('add', 'Observation.value', named('unit'), value({ valueString: 'kg' })),
      WEIGHED,
    ],
    [
      'adds what has elements with a choice of types',
      { resourceType: 'Task', status: 'draft', intent: 'order' },
      operation(
        'add',
        'Task',
        named('input'),
        value({
          part: [
            { name: 'type', valueCodeableConcept: { text: 'a' } },
            { name: 'value', valueString: 'one' },
            {
              name: 'extension',
              part: [
                { name: 'url', valueUri: SINCE[0]?.url },
                { name: 'value', valueDate: '2020-01-01' },
              ],
            },
          ],
        }),
      ),
      { ...TASK, input: [{ ...TASK.input[0], extension: SINCE }] },
    ],
    [
      'replaces what is given by parts',
      PERSON,
      operation('replace', 'Patient.contact[0]', value({ part: [{ name: 'name', valueHumanName: { family: 'Li' } }] })),
      { ...PERSON, contact: [{ name: { family: 'Li' } }] },
    ],
    [
      'replaces a primitive with what stands beside it',
      PERSON,
      operation('replace', 'Patient.birthDate', value({ valueDate: '1951' })),
      { ...PERSON, birthDate: '1951', _birthDate: undefined },
    ],
    [
      'adds what stands beside a primitive',
      { ...PERSON, _birthDate: undefined },
      operation(
        'add',
        'Patient.birthDate',
        named('extension'),
        value({
          part: [
            { name: 'url', valueUri: SINCE[0]?.url },
            { name: 'value', valueDate: '2020-01-01' },
          ],
        }),
      ),
      PERSON,
    ],
    [
      'deletes what stands beside a primitive, and what is then empty',
      PERSON,
      operation('delete', 'Patient.birthDate.extension[0]'),
      { ...PERSON, _birthDate: undefined },
    ],
    [
      'deletes a member of a list with what stands beside it',
      PERSON,
      operation('delete', 'Patient.name.given[1]'),
      { ...PERSON, name: [{ family: 'Ek', given: ['Eva', 'Li'] }] },
    ],
    [
      'inserts into a list, and what stands beside the others stays beside them',
      PERSON,
      operation('insert', 'Patient.name[0].given', place('index', 0), value({ valueString: 'Ida' })),
      {
        ...PERSON,
        name: [{ family: 'Ek', given: ['Ida', 'Eva', 'Maj', 'Li'], _given: [null, null, { extension: SINCE }, null] }],
      },
    ],
    [
      'inserts at the end of a list',
      PERSON,
      operation(
        'insert',
        'Patient.contact',
        place('index', 1),
        value({
          part: [
            { name: 'gender', valueCode: 'other' },
            { name: 'name', valueHumanName: { family: 'Li' } },
          ],
        }),
      ),
      { ...PERSON, contact: [...PERSON.contact, { gender: 'other', name: { family: 'Li' } }] },
    ],
    [
      'moves a member of a list, and what stands beside it with it',
      PERSON,
      operation('move', 'Patient.name.given', place('source', 1), place('destination', 2)),
      { ...PERSON, name: [{ family: 'Ek', given: ['Eva', 'Li', 'Maj'], _given: [null, null, { extension: SINCE }] }] },
    ],
    [
      'moves a member of a list to its front',
      TASK,
      operation('move', 'Task.input', place('source', 1), place('destination', 0)),
      { ...TASK, input: TASK.input.toReversed() },
    ],
    [
      'changes what is contained',
      CONTAINING,
      operation('replace', 'List.contained[0].code.text', value({ valueString: 'y' })),
      { ...CONTAINING, contained: [{ resourceType: 'Basic', id: 'inner', code: { text: 'y' } }] },
    ],
    [
      'replaces what is contained',
      CONTAINING,
      operation(
        'replace',
        "List.contained.where(id = 'inner')",
        value({ resource: { resourceType: 'Patient', id: 'inner' } }),
      ),
      { ...CONTAINING, contained: [{ resourceType: 'Patient', id: 'inner' }] },
    ],
  ])('%s', async (_name, before, change, expected) => {
    expect(await patched(before, change)).toEqual(JSON.parse(JSON.stringify(expected)));
  });

  test('carries out its operations in order: what one adds the next may change', async () => {
    expect(
      await patched(
        { ...PERSON, contact: undefined },
        operation(
          'add',
          'Patient',
          named('contact'),
          value({
            part: [
              { name: 'gender', valueCode: 'male' },
              { name: 'name', valueHumanName: { family: 'x' } },
            ],
          }),
        ),
        operation('replace', 'Patient.contact[0].name.family', value({ valueString: 'Kin' })),
      ),
    ).toEqual(PERSON);
  });
});
