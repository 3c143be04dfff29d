import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import { call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const TOO_LARGE = 'makes the resource larger, or nests it deeper, than is accepted. Copy less of it.';
const TOO_DEEP = 'is not one: nothing stands so deep in a resource that a path has more than 100 steps.';
const steps = (count: number): string => '/a'.repeat(count);
const nested = (depth: number): object => (depth === 0 ? {} : { a: nested(depth - 1) });
const copies = (count: number): object[] =>
  Array.from({ length: count }, (_, at) => ({ op: 'copy', from: '', path: `/a${at}` }));

describe.each(databaseKinds())('a small JSON Patch does not make (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  test.each<[string, object[], number, string]>([
    [
      'so much of a resource that the hub is busy with it alone',
      copies(40),
      413,
      `Operation 13 of the patch (copy at /a12) ${TOO_LARGE}`,
    ],
    [
      'a large text many times as large',
      [
        { op: 'add', path: '/name', value: [{ text: 'x'.repeat(90_000) }] },
        ...Array.from({ length: 20 }, () => ({ op: 'copy', from: '/name/0', path: '/name/-' })),
      ],
      413,
      `Operation 13 of the patch (copy at /name/-) ${TOO_LARGE}`,
    ],
    [
      'one that is nested deeper than can be read',
      Array.from({ length: 150 }, (_, at) => ({ op: 'add', path: `/x${steps(50 * at)}`, value: nested(50) })),
      400,
      `Operation 3 of the patch ${TOO_DEEP}`,
    ],
    [
      'one that is nested deeper by moving it into another',
      [
        { op: 'add', path: '/x', value: nested(60) },
        { op: 'add', path: '/y', value: nested(60) },
        { op: 'move', from: '/y', path: `/x${steps(60)}/a` },
        { op: 'move', from: '/x', path: '/z' },
      ],
      413,
      `Operation 4 of the patch (move at /z) ${TOO_LARGE}`,
    ],
    [
      'one without what is moved into itself',
      [{ op: 'move', from: '/name', path: '/name/0' }],
      400,
      'Operation 1 of the patch is not one: a value is not moved into itself, as "path" says within "from".',
    ],
  ])('%s', async (_what, body, status, text) => {
    const name = [{ family: 'Ek' }];
    const { id } = await done<Patient>(
      call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient', name } }),
    );
    const headers = { 'content-type': 'application/json-patch+json' };
    const answer = await call('PATCH', `${hub.fhir}/Patient/${id}`, { body, headers });
    expect([answer.status, texts(answer)]).toEqual([status, [text]]);
    const after = await done<Patient>(call('GET', `${hub.fhir}/Patient/${id}`));
    expect([after.name, after.meta?.versionId]).toEqual([name, '1']);
  });
});
