import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, DocumentReference, Resource } from '@medplum/fhirtypes';
import { type Answer, call, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { written } from './written.ts';

const [PERSON, FILE, FORM] = [1, 2, 3].map((at) => `urn:uuid:5a1c5f2e-16a5-4b7e-8f0f-6b3e5a3c000${at}`) as [
  string,
  string,
  string,
];
const OLD = 'https://ehr.example/fhir/Patient/77';

describe.each(databaseKinds())('in a transaction, entries are called by their fullUrl (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const send = (...entry: BundleEntry[]): Promise<Answer<Bundle>> =>
    call<Bundle>('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } });
  const post = (fullUrl: string, resource: Resource): BundleEntry => ({
    fullUrl,
    request: { method: 'POST', url: resource.resourceType },
    resource,
  });
  const addresses = ({ body }: Answer<Bundle>): string[] =>
    (body.entry ?? []).map(({ response }) => response?.location?.split('/_history')[0] ?? '');

  test('in references, in uri and url, and in links of the narrative; not in canonicals or in texts', async () => {
    const value = (name: string, said: object): object => ({ url: `https://ehr.example/${name}`, ...said });
    const div = `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${PERSON}">${PERSON}</a> <img alt="x" src='${FILE}'/> <a href="https://elsewhere.example/?a=1&amp;b=2">x</a></div>`;
    const document = {
      resourceType: 'DocumentReference',
      status: 'current',
      text: { status: 'generated', div },
      identifier: [{ system: 'urn:ietf:rfc:3986', value: PERSON }],
      subject: { reference: PERSON },
      content: [{ attachment: { url: FILE } }],
      extension: [
        value('uri', { valueUri: PERSON }),
        value('url', { valueUrl: FILE }),
        value('text', { valueString: PERSON }),
        value('uuid', { valueUuid: PERSON }),
        value('canonical', { valueCanonical: FORM }),
      ],
    } as DocumentReference;
    const answer = await send(
      post('urn:uuid:5a1c5f2e-16a5-4b7e-8f0f-6b3e5a3c0009', document),
      post(FILE, {
        resourceType: 'Binary',
        contentType: 'text/plain',
        data: 'aGk=',
        securityContext: { reference: PERSON },
      }),
      post(PERSON, { resourceType: 'Patient' }),
      post(FORM, { resourceType: 'Questionnaire', status: 'draft' }),
    );
    expect(answer.status).toBe(200);
    const [kept = '', file = '', person = ''] = addresses(answer);
    const stored = (await call<DocumentReference>('GET', `${hub.fhir}/${kept}`)).body;
    expect(stored).toMatchObject({
      identifier: [{ value: PERSON }],
      subject: { reference: person },
      content: [{ attachment: { url: file } }],
      text: {
        div: `<div xmlns="http://www.w3.org/1999/xhtml"><a href="${person}">${PERSON}</a> <img alt="x" src="${file}"/> <a href="https://elsewhere.example/?a=1&amp;b=2">x</a></div>`,
      },
    });
    expect(stored.extension?.map(({ url: _url, ...said }) => Object.values(said))).toEqual([
      [person],
      [file],
      [PERSON],
      [PERSON],
      [FORM],
    ]);
    const secured = await call('GET', `${hub.fhir}/${file}`, { headers: { accept: 'application/fhir+json' } });
    expect(secured.body).toMatchObject({ securityContext: { reference: person } });
  });

  test('and a version of an entry by that, where it is made here', async () => {
    const observation = (reference: string): Resource => ({
      resourceType: 'Observation',
      status: 'final',
      code: { text: 'x' },
      subject: { reference },
    });
    const answer = await send(
      post(OLD, { resourceType: 'Patient', id: '77', meta: { versionId: '4' } }),
      post('https://ehr.example/fhir/Observation/1', observation(`${OLD}/_history/4`)),
      post('https://ehr.example/fhir/Observation/2', observation('Patient/77')),
    );
    const [person, first, second] = addresses(answer);
    const subjects = await Promise.all(
      [first, second].map(async (address) => (await call('GET', `${hub.fhir}/${address}`)).body),
    );
    expect(subjects).toMatchObject([
      { subject: { reference: `${person}/_history/1` } },
      { subject: { reference: person } },
    ]);
  });

  test('so that no two may have the same', async () => {
    const before = await written(hub.deps.db);
    const answer = await send(
      post(PERSON, { resourceType: 'Patient' }),
      post(FILE, { resourceType: 'Patient' }),
      post(PERSON, { resourceType: 'Person' }),
    );
    expect([answer.status, texts(answer)]).toEqual([
      400,
      ['Entry 0 of this Bundle has the same fullUrl: what refers to it could mean either. Give each its own.'],
    ]);
    expect(answer.body).toMatchObject({ issue: [{ expression: ['Bundle.entry[2].fullUrl'] }] });
    expect(await written(hub.deps.db)).toEqual(before);
  });
});
