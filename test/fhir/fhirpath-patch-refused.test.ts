import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { named, operation, place, value, WEIGHED } from './patches.ts';

describe.each(databaseKinds())('a FHIRPath Patch that cannot be carried out (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const stored = (body: object): Promise<Resource & { id: string }> =>
    done(call('POST', `${hub.fhir}/${(body as Resource).resourceType}`, { body }));
  const patch = ({ resourceType, id }: Resource, ...parameter: unknown[]): Promise<Answer<unknown>> =>
    call('PATCH', `${hub.fhir}/${resourceType}/${id}`, { body: { resourceType: 'Parameters', parameter } });

  const QUANTITY = { valueQuantity: { value: 71, unit: 'kg' } };
  const FITS = operation('add', 'Observation', named('note'), value({ valueAnnotation: { text: 'x' } }));

  test.each<[string, object, string]>([
    [
      'a name that is misspelt',
      operation('replace', 'Observation.valeu', value(QUANTITY)),
      '(replace at Observation.valeu) does not fit the resource. There is no element "valeu" in Observation. Correct its name.',
    ],
    [
      'a name that is misspelt, though it only deletes',
      operation('delete', 'Observation.value.untis'),
      '(delete at Observation.value.untis) does not fit the resource. There is no element "untis" in Quantity, CodeableConcept, string, boolean, integer, Range, Ratio, SampledData, time, dateTime, Period. Correct its name.',
    ],
    [
      'the name that JSON has for a choice',
      operation('replace', 'Observation.valueQuantity.value', value({ valueDecimal: 1 })),
      '(replace at Observation.valueQuantity.value) does not fit the resource. There is no element "valueQuantity" in Observation. In FHIRPath it is value.ofType(Quantity).',
    ],
    [
      'a type it never has',
      operation('replace', 'Observation.value.ofType(Age)', value(QUANTITY)),
      '(replace at Observation.value.ofType(Age)) does not fit the resource. What stands there is never of type Age, but of one of these types: Quantity, CodeableConcept, string, boolean, integer, Range, Ratio, SampledData, time, dateTime, Period.',
    ],
    [
      'another type than it has now',
      operation('replace', 'Observation.value.ofType(string)', value({ valueString: 'x' })),
      '(replace at Observation.value.ofType(string)) does not fit the resource. Nothing stands there. Name what is there, or add it to what it belongs to.',
    ],
    [
      'another resource',
      operation('delete', 'Patient.name'),
      '(delete at Patient.name) does not fit the resource. It begins at "Patient", but this resource is of type Observation.',
    ],
    [
      'a value of a type it cannot have',
      operation('replace', 'Observation.value', value({ valueUri: 'http://x' })),
      '(replace at Observation.value) does not fit the resource. The value of value is of one of these types: Quantity, CodeableConcept, string, boolean, integer, Range, Ratio, SampledData, time, dateTime, Period. Give it as such, e.g. as valueQuantity.',
    ],
    [
      'what it holds already',
      operation('add', 'Observation', named('value'), value({ valueString: 'x' })),
      '(add at Observation) does not fit the resource. That element is there already. Use replace.',
    ],
    [
      'a name of one type, and a value of another',
      operation('add', 'Observation', named('effectivePeriod'), value({ valueDateTime: '2020' })),
      '(add at Observation) does not fit the resource. The value of effective is of one of these types: Period. Give it as such, e.g. as valuePeriod.',
    ],
    [
      'an element it cannot have',
      operation('add', 'Observation', named('colour'), value({ valueString: 'x' })),
      '(add at Observation) does not fit the resource. There is no element "colour" in Observation. Correct its name.',
    ],
    [
      'no value',
      operation('add', 'Observation', named('issued'), { name: 'value' }),
      '(add at Observation) does not fit the resource. It has no value. Give one, e.g. as valueString.',
    ],
    [
      'what is computed',
      operation('replace', 'Observation.note.exists()', value({ valueBoolean: false })),
      '(replace at Observation.note.exists()) does not fit the resource. This is the whole resource, or nothing of it. Name an element within it.',
    ],
    [
      'the whole resource',
      operation('delete', 'Observation'),
      '(delete at Observation) does not fit the resource. This is the whole resource, or nothing of it. Name an element within it.',
    ],
    [
      'an insert where there is no list',
      operation('insert', 'Observation.status', place('index', 0), value({ valueCode: 'final' })),
      '(insert at Observation.status) does not fit the resource. This is not one whole list. Name it without saying which of its members.',
    ],
    [
      'an insert into a part of a list',
      operation('insert', 'Observation.category[0]', place('index', 0), value({ valueCodeableConcept: { text: 'x' } })),
      '(insert at Observation.category[0]) does not fit the resource. This is not one whole list. Name it without saying which of its members.',
    ],
    [
      'an insert into a list there is not',
      operation(
        'insert',
        'Observation.interpretation',
        place('index', 0),
        value({ valueCodeableConcept: { text: 'x' } }),
      ),
      '(insert at Observation.interpretation) does not fit the resource. There is no list there yet. Add its first member to what it belongs to.',
    ],
    [
      'a move to a place there is not',
      operation('move', 'Observation.category', place('source', 0), place('destination', 2)),
      '(move at Observation.category) does not fit the resource. Its destination is 2, but must be from 0 to 1.',
    ],
    [
      'a move from a place there is not',
      operation('move', 'Observation.category', place('source', -1), place('destination', 0)),
      '(move at Observation.category) does not fit the resource. Its source is -1, but must be from 0 to 1.',
    ],
    [
      'what it compares with is not repeated',
      operation('replace', "Observation.category.where(text = 'Somebody').text", value({ valueString: 'x' })),
      '(replace at its path) does not fit the resource. Nothing stands there. Name what is there, or add it to what it belongs to.',
    ],
  ])('is refused in words, and changes nothing: %s', async (_name, change, text) => {
    const before = await stored({ ...WEIGHED, category: [{ text: 'a' }, { text: 'b' }] });
    const answer = await patch(before, FITS, change);
    expect([answer.status, texts(answer)]).toEqual([422, [`Operation 2 of the patch ${text}`]]);
    expect((await call('GET', `${hub.fhir}/Observation/${before.id}`)).body).toEqual(before);
  });

  const NOT_SERVED =
    'its path may call these functions: where, first, last, tail, single, ofType, as, is, extension, exists, empty, not, count, hasValue, all, startsWith, endsWith, contains, upper, lower; it may compare, but use no variable but $this and not join lists';

  test.each<[string, object, string]>([
    ['a function that is not served', operation('delete', 'Observation.descendants().text'), NOT_SERVED],
    ['a function there is not', operation('delete', 'Observation.category.wehre(true)'), NOT_SERVED],
    ['a variable', operation('delete', 'Observation.category.where(%resource.exists())'), NOT_SERVED],
    ['joined lists', operation('delete', '(Observation.category | Observation.note)[0]'), NOT_SERVED],
    [
      'a path that has no end',
      operation('delete', 'Observation.'.repeat(500)),
      'its path is longer than 1000 characters',
    ],
    [
      'a path that is no text',
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'delete' },
          { name: 'path', valueString: 7 },
        ],
      },
      'its path must be a FHIRPath in a valueString',
    ],
    [
      'a part whose name is no text',
      { name: 'operation', part: [{ name: { toString: [], valueOf: [] }, valueCode: 'delete' }, null] },
      'its type must be one of add, insert, delete, replace, move',
    ],
    [
      'a place that is no number',
      operation('insert', 'Observation.note', value({ valueString: 'x' }), { name: 'index', valueInteger: '0' }),
      'its index must be a whole number in a valueInteger',
    ],
    [
      'a name that is no text',
      operation('add', 'Observation', value({ valueString: 'x' }), { name: 'name', valueCode: 'note' }),
      'its name must be a text in a valueString',
    ],
  ])('is no patch: %s', async (_name, change, why) => {
    const before = await stored(WEIGHED);
    const answer = await patch(before, FITS, change);
    expect([answer.status, texts(answer)]).toEqual([400, [`Operation 2 of the patch is not one: ${why}.`]]);
    expect((await call('GET', `${hub.fhir}/Observation/${before.id}`)).body).toEqual(before);
  });
});
