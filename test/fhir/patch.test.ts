import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { OperationOutcome, Patient, PatientContact } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const JSON_PATCH = { 'content-type': 'application/json-patch+json' };
const DOES_NOT_FIT =
  'Operation 1 of the patch does not fit the resource as it stands. Read it again and make the patch for its current version.';

describe.each(databaseKinds())('a resource (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const at = (path: string): string => `${hub.fhir}/${path}`;
  const create = (fields: Partial<Patient> = {}): Promise<Patient & { id: string }> =>
    done<Patient>(call('POST', at('Patient'), { body: { resourceType: 'Patient', ...fields } }));
  const read = (id: string): Promise<Answer<Patient>> => call<Patient>('GET', at(`Patient/${id}`));

  test('is changed by a JSON Patch', async () => {
    const { id } = await create({ name: [{ family: 'Ek' }], gender: 'female' });
    const body = [
      { op: 'test', path: '/gender', value: 'female' },
      { op: 'replace', path: '/name/0/family', value: 'Berg' },
      { op: 'add', path: '/birthDate', value: '1950' },
      { op: 'remove', path: '/gender' },
    ];
    const answer = await call<Patient>('PATCH', at(`Patient/${id}`), {
      body,
      headers: { 'content-type': 'application/json-patch+json' },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({
      resourceType: 'Patient',
      id,
      meta: expect.objectContaining({ versionId: '2' }),
      name: [{ family: 'Berg' }],
      birthDate: '1950',
    });
  });

  const NAME = [{ family: 'Ek', given: ['Åsa', 'Maj'] }];

  test.each<[string, unknown[], unknown]>([
    ['add, at the end', [{ op: 'add', path: '/name/0/given/-', value: 'Li' }], ['Åsa', 'Maj', 'Li']],
    ['add, in between', [{ op: 'add', path: '/name/0/given/1', value: 'Li' }], ['Åsa', 'Li', 'Maj']],
    ['remove', [{ op: 'remove', path: '/name/0/given/0' }], ['Maj']],
    ['replace', [{ op: 'replace', path: '/name/0/given/0', value: 'Li' }], ['Li', 'Maj']],
    ['move', [{ op: 'move', from: '/name/0/given/0', path: '/name/0/given/1' }], ['Maj', 'Åsa']],
    ['copy', [{ op: 'copy', from: '/name/0/family', path: '/name/0/given/0' }], ['Ek', 'Åsa', 'Maj']],
    ['test', [{ op: 'test', path: '/name/0/given', value: ['Åsa', 'Maj'] }], ['Åsa', 'Maj']],
    [
      'remove, of the last member of a list',
      [
        { op: 'remove', path: '/name/0/given/0' },
        { op: 'remove', path: '/name/0/given/0' },
      ],
      undefined,
    ],
  ])('is changed by each operation of JSON Patch: %s', async (_name, body, given) => {
    const { id } = await create({ name: NAME });
    const answer = await call<Patient>('PATCH', at(`Patient/${id}`), { body, headers: JSON_PATCH });
    expect([answer.status, answer.body.name, answer.headers.get('etag')]).toEqual([
      200,
      [{ family: 'Ek', ...(given ? { given } : {}) }],
      'W/"2"',
    ]);
    expect((await read(id)).body).toEqual(answer.body);
  });

  const operation = (type: string, path: string, parts: Record<string, unknown> = {}): object => ({
    name: 'operation',
    part: [
      { name: 'type', valueCode: type },
      { name: 'path', valueString: path },
      ...Object.entries(parts).map(([name, value]) => ({ name, ...partOf(value) })),
    ],
  });
  const partOf = (value: unknown): object =>
    typeof value === 'number'
      ? { valueInteger: value }
      : typeof value === 'string'
        ? { valueString: value }
        : Object(value);
  const fhirPath = (...parameter: unknown[]): object => ({ resourceType: 'Parameters', parameter });
  const KIN = [
    { name: 'name', valueHumanName: { family: 'Kin' } },
    { name: 'telecom', valueContactPoint: { system: 'phone', value: '1' } },
    { name: 'telecom', valueContactPoint: { system: 'phone', value: '2' } },
  ];
  const CONTACT: PatientContact = {
    name: { family: 'Kin' },
    telecom: [
      { system: 'phone', value: '1' },
      { system: 'phone', value: '2' },
    ],
  };

  test.each<[string, object, Partial<Patient>]>([
    [
      'add',
      operation('add', 'Patient', { name: 'birthDate', value: { valueDate: '1950-05-05' } }),
      { birthDate: '1950-05-05', name: NAME },
    ],
    [
      'add, to a list',
      operation('add', 'Patient.name[0]', { name: 'given', value: 'Li' }),
      { name: [{ family: 'Ek', given: ['Åsa', 'Maj', 'Li'] }] },
    ],
    [
      'add, of an element without a type of its own',
      operation('add', 'Patient', { name: 'contact', value: { part: KIN } }),
      { name: NAME, contact: [CONTACT] },
    ],
    [
      'add, of an element with a choice of types',
      operation('add', 'Patient', { name: 'deceased', value: { valueBoolean: true } }),
      { name: NAME, deceasedBoolean: true },
    ],
    [
      'insert',
      operation('insert', 'Patient.name[0].given', { index: 0, value: 'Li' }),
      { name: [{ family: 'Ek', given: ['Li', 'Åsa', 'Maj'] }] },
    ],
    ['delete', operation('delete', 'Patient.name[0].given[0]'), { name: [{ family: 'Ek', given: ['Maj'] }] }],
    ['delete, of all there is of a list', operation('delete', 'Patient.name'), {}],
    ['delete, of what is not there', operation('delete', 'Patient.photo'), { name: NAME }],
    [
      'replace',
      operation('replace', "Patient.name.where(family = 'Ek').family", { value: 'Berg' }),
      { name: [{ family: 'Berg', given: ['Åsa', 'Maj'] }] },
    ],
    [
      'move',
      operation('move', 'Patient.name[0].given', { source: 0, destination: 1 }),
      { name: [{ family: 'Ek', given: ['Maj', 'Åsa'] }] },
    ],
  ])('is changed by each operation of FHIRPath Patch: %s', async (_name, change, after) => {
    const { id } = await create({ name: NAME });
    const answer = await call<Patient>('PATCH', at(`Patient/${id}`), { body: fhirPath(change) });
    const { meta, ...said } = answer.body;
    expect([answer.status, said]).toEqual([200, { resourceType: 'Patient', id, ...after }]);
    expect(meta?.versionId).toBe('2');
  });

  test.each<[string, unknown, string]>([
    ['without "op"', [{ path: '/gender' }], '"op" must be one of add, replace, test, move, copy, remove'],
    [
      'with an "op" there is not',
      [{ op: 'set', path: '/gender' }],
      '"op" must be one of add, replace, test, move, copy, remove',
    ],
    ['without a path', [{ op: 'remove' }], '"path" must be a JSON pointer, e.g. /name/0/family'],
    [
      'with a path that is none',
      [{ op: 'remove', path: 'gender' }],
      '"path" must be a JSON pointer, e.g. /name/0/family',
    ],
    [
      'that moves from nowhere',
      [{ op: 'move', path: '/gender' }],
      '"from" must be a JSON pointer, e.g. /name/0/family',
    ],
    ['without a value', [{ op: 'add', path: '/gender' }], 'it has no "value"'],
    ['that is null', [null], 'it must be an object with "op" and "path"'],
    ['of FHIRPath with another name', fhirPath({ name: 'op' }), 'it must be named "operation" and have parts'],
    [
      'of FHIRPath of a type there is not',
      fhirPath(operation('set', 'Patient')),
      'its type must be one of add, insert, delete, replace, move',
    ],
    [
      'of FHIRPath without a path',
      fhirPath({ name: 'operation', part: [{ name: 'type', valueCode: 'delete' }] }),
      'its path must be a FHIRPath in a valueString',
    ],
    [
      'of FHIRPath that inserts nowhere',
      fhirPath(operation('insert', 'Patient.name', { value: 'x' })),
      'insert needs a part named "index"',
    ],
    [
      'of FHIRPath with a part whose name is no text',
      fhirPath({
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'delete' },
          { name: 'path', valueString: 'Patient.gender' },
          { name: { toString: [], valueOf: [] }, valueInteger: 9 },
        ],
      }),
      'its parts must have names',
    ],
  ])('is not changed by an operation %s', async (_name, body, why) => {
    const patient = await create({ gender: 'female' });
    const answer = await call('PATCH', at(`Patient/${patient.id}`), { body, headers: JSON_PATCH });
    expect([answer.status, texts(answer)]).toEqual([400, [`Operation 1 of the patch is not one: ${why}.`]]);
    expect((await read(patient.id)).body).toEqual(patient);
  });

  test('is not changed by a FHIRPath Patch that does not fit; the operation is named', async () => {
    const patient = await create({ gender: 'female', name: [...NAME, ...NAME] });
    const fits = operation('delete', 'Patient.gender');
    for (const wrong of [
      operation('replace', 'Patient.birthDate', { value: { valueDate: '1950' } }),
      operation('delete', 'Patient.name'),
      operation('insert', 'Patient.name', { index: 9, value: { valueHumanName: { family: 'x' } } }),
      operation('delete', '(((('),
    ]) {
      const answer = await call('PATCH', at(`Patient/${patient.id}`), { body: fhirPath(fits, wrong) });
      expect([answer.status, texts(answer)]).toEqual([422, [DOES_NOT_FIT.replace('1', '2')]]);
      expect((answer.body as OperationOutcome).issue[0]?.expression).toEqual(['Parameters.parameter[1]']);
      expect((await read(patient.id)).body).toEqual(patient);
    }
    const none = await call('PATCH', at(`Patient/${patient.id}`), { body: fhirPath() });
    expect([none.status, texts(none)]).toEqual([
      400,
      ['A FHIRPath Patch has parameters named "operation", one or more.'],
    ]);
  });

  test('that was deleted is not changed: it is gone', async () => {
    const { id } = await create();
    await call('DELETE', at(`Patient/${id}`));
    const body = [{ op: 'add', path: '/gender', value: 'male' }];
    const gone = await call('PATCH', at(`Patient/${id}`), { body, headers: JSON_PATCH });
    expect([gone.status, texts(gone)]).toEqual([410, [`Patient/${id} was deleted.`]]);
    const nobody = await call('PATCH', at('Patient/nobody'), { body, headers: JSON_PATCH });
    expect([nobody.status, texts(nobody)]).toEqual([404, ['There is no Patient/nobody here.']]);
  });

  test.each([
    ['does not fit', [{ op: 'replace', path: '/name/7/family', value: 'x' }], 422, DOES_NOT_FIT],
    [
      'tests for something else',
      [{ op: 'test', path: '/gender', value: 'male' }],
      422,
      'Operation 1 of the patch tests for a value that is not there. Read the resource again and make the patch for its current version.',
    ],
    [
      'changes its id',
      [{ op: 'replace', path: '/id', value: 'other' }],
      422,
      'A patch may not change the type or the id of a resource.',
    ],
    [
      'changes its type',
      [{ op: 'replace', path: '/resourceType', value: 'Group' }],
      422,
      'A patch may not change the type or the id of a resource.',
    ],
    [
      'leaves something that is not FHIR',
      [{ op: 'add', path: '/colour', value: 'blue' }],
      400,
      'There is no such element in R4. Leave it out, or correct its name.',
    ],
  ])('is not changed by a patch that %s', async (_name, body, status, text) => {
    const patient = await create({ gender: 'female' });
    const answer = await call('PATCH', at(`Patient/${patient.id}`), {
      body,
      headers: { 'content-type': 'application/json-patch+json' },
    });
    expect([answer.status, texts(answer)[0]]).toEqual([status, text]);
    expect((await read(patient.id)).body).toEqual(patient);
  });
});
