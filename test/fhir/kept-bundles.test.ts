import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { observation, patient } from './refusal.ts';

const OTHER = 'https://other.example/fhir';
const URN = 'urn:uuid:0e7f0d3a-0000-4000-8000-00000000000';

describe.each(databaseKinds())('a Bundle that is kept as it is (%s)', (kind) => {
  let hub: TestHub;
  let strict: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
    strict = await startHub(kind, { settings: { REFERENCES: 'known', REFERENCE_BASES: OTHER } });
  });
  afterAll(async () => {
    await hub?.close();
    await strict?.close();
  });

  const keep = (entry: object[], to = hub): Promise<Answer> =>
    call('POST', `${to.fhir}/Bundle`, { body: { resourceType: 'Bundle', type: 'collection', entry } });
  const held = (fullUrl: string, resource: object): object => ({ fullUrl, resource });
  const of = (subject: string, fields: object = {}): object =>
    observation({ subject: { reference: subject }, ...fields });

  test('holds a document whose entries refer to each other, and comes back as it was sent', async () => {
    const document = {
      resourceType: 'Bundle',
      type: 'document',
      identifier: { system: 'urn:ietf:rfc:3986', value: `${URN}1` },
      timestamp: '2026-01-01T00:00:00Z',
      entry: [
        held(`${URN}2`, {
          resourceType: 'Composition',
          status: 'final',
          type: { text: 'Discharge summary' },
          date: '2026-01-01',
          subject: { reference: `${URN}3` },
          author: [{ reference: `${URN}4` }],
          title: 'Discharge summary',
        }),
        held(`${URN}3`, {
          ...patient(),
          contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }],
          managingOrganization: { reference: '#o' },
        }),
        held(`${URN}4`, { resourceType: 'Organization', name: 'A hospital' }),
      ],
    };
    const { id } = await done(call('POST', `${hub.fhir}/Bundle`, { body: document }));
    expect((await call('GET', `${hub.fhir}/Bundle/${id}`)).body).toMatchObject(document);
  });

  test.each<readonly [string, object[]]>([
    [
      'relative to the address of the entry',
      [held(`${OTHER}/Observation/1`, of('Patient/2')), held(`${OTHER}/Patient/2`, { ...patient(), id: '2' })],
    ],
    [
      'to a version of an entry',
      [held(`${URN}1`, of(`${OTHER}/Patient/2/_history/3`)), held(`${OTHER}/Patient/2`, { ...patient(), id: '2' })],
    ],
    ['to what is where the entry comes from', [held(`${OTHER}/Observation/1`, of('Patient/nobody-here'))]],
    [
      'within a Bundle in a Bundle',
      [
        held(`${URN}1`, {
          resourceType: 'Bundle',
          type: 'collection',
          entry: [held(`${URN}2`, of(`${URN}3`)), held(`${URN}3`, patient()), held(`${URN}5`, of(`${URN}4`))],
        }),
        held(`${URN}4`, patient()),
      ],
    ],
  ])('refers %s', async (_what, entry) => {
    expect((await keep(entry)).status).toBe(201);
    expect((await keep(entry, strict)).status).toBe(201);
  });

  test.each<readonly [string, object[], string]>([
    ['to no entry', [held(`${URN}1`, of(`${URN}2`))], `"${URN}2" points to nothing this hub knows.`],
    [
      'to what another entry contains',
      [held(`${URN}1`, { ...patient(), contained: [{ resourceType: 'Patient', id: 'p' }] }), held(`${URN}2`, of('#p'))],
      'There is no contained resource',
    ],
    [
      'to what is not here, though the entry says it is from here',
      [held(`${URN}1`, of('Patient/none'))],
      'There is no Patient/none on this hub.',
    ],
  ])('but not %s', async (_what, entry, text) => {
    const answer = await keep(entry);
    expect([answer.status >= 400, texts(answer).join()]).toEqual([true, expect.stringContaining(text)]);
  });

  test('nor to a server this hub does not know', async () => {
    const entry = [held('https://stranger.example/fhir/Observation/1', of('Patient/2'))];
    expect((await keep(entry)).status).toBe(201);
    const refused = await keep(entry, strict);
    expect([refused.status, texts(refused).join()]).toEqual([
      422,
      expect.stringContaining('a server this hub does not know'),
    ]);
  });
});
