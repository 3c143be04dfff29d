import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

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

  test('is changed by a FHIRPath Patch', async () => {
    const { id } = await create({ name: [{ family: 'Ek' }], gender: 'female' });
    const operation = (type: string, path: string, ...parts: object[]): object => ({
      name: 'operation',
      part: [{ name: 'type', valueCode: type }, { name: 'path', valueString: path }, ...parts],
    });
    const body = {
      resourceType: 'Parameters',
      parameter: [
        operation('replace', 'Patient.name[0].family', { name: 'value', valueString: 'Berg' }),
        operation(
          'add',
          'Patient',
          { name: 'name', valueString: 'birthDate' },
          { name: 'value', valueDate: '1950-05-05' },
        ),
        operation('delete', 'Patient.gender'),
      ],
    };
    const answer = await call<Patient>('PATCH', at(`Patient/${id}`), { body });
    expect([answer.status, answer.body.name, answer.body.birthDate, answer.body.gender]).toEqual([
      200,
      [{ family: 'Berg' }],
      '1950-05-05',
      undefined,
    ]);
  });

  test.each([
    [
      'does not fit',
      [{ op: 'replace', path: '/name/7/family', value: 'x' }],
      422,
      'The patch does not fit the resource as it stands. Read it again and make the patch for its current version.',
    ],
    [
      'tests for something else',
      [{ op: 'test', path: '/gender', value: 'male' }],
      422,
      'The patch does not fit the resource as it stands. Read it again and make the patch for its current version.',
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
