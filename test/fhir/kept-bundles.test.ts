import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { bundle, observation, patient, post } from './refusal.ts';

const AUTHOR = 'urn:uuid:0e7f0d3a-0000-4000-8000-000000000001';
const LETTER = 'urn:uuid:0e7f0d3a-0000-4000-8000-000000000002';
const EHR = 'https://ehr.example/fhir';

const document = (author: string, subject: string): Bundle =>
  ({
    resourceType: 'Bundle',
    type: 'document',
    identifier: { system: 'https://ehr.example', value: 'letter' },
    timestamp: '2026-02-01T00:00:00Z',
    entry: [
      {
        fullUrl: LETTER,
        resource: {
          resourceType: 'Composition',
          status: 'final',
          type: { text: 'Letter' },
          date: '2026-02-01',
          title: 'Letter',
          author: [{ reference: author }],
          subject: { reference: subject },
        },
      },
      { fullUrl: AUTHOR, resource: { resourceType: 'Practitioner' } },
    ],
  }) as Bundle;

/** As documents, messages and collections are sent: their entries refer to each other. */
describe.each(databaseKinds())('a Bundle that is kept as it is (%s)', (kind) => {
  let hub: TestHub;
  let strict: TestHub;
  let mine: string;
  beforeAll(async () => {
    hub = await startHub(kind);
    strict = await startHub(kind, { settings: { REFERENCES: 'known' } });
    mine = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { body: patient() }))).id}`;
  });
  afterAll(async () => {
    await hub?.close();
    await strict?.close();
  });

  const keep = (body: object, to = hub): Promise<Answer> => call('POST', `${to.fhir}/Bundle`, { body });
  const collection = (...entry: object[]): Bundle => ({
    resourceType: 'Bundle',
    type: 'collection',
    entry: entry as BundleEntry[],
  });
  const at = (root: string, resource: object): object => {
    const { resourceType, id } = resource as { resourceType: string; id: string };
    return { fullUrl: `${root}/${resourceType}/${id}`, resource };
  };

  test('a document whose parts have names of their own is taken, found, and read as it was sent', async () => {
    const made = await done<Bundle>(keep(document(AUTHOR, mine)));
    expect(found(await call('GET', `${hub.fhir}/Bundle?type=document&identifier=letter`)).map(({ id }) => id)).toEqual([
      made.id,
    ]);
    const read = await call<Bundle>('GET', `${hub.fhir}/Bundle/${made.id}`);
    expect(read.body).toMatchObject(document(AUTHOR, mine));
    const stranger = 'urn:uuid:0e7f0d3a-0000-4000-8000-000000000009';
    const answer = await keep(document(stranger, mine));
    expect([answer.status, texts(answer)]).toEqual([422, [expect.stringContaining(`"${stranger}" points to nothing`)]]);
    expect((await keep(document(AUTHOR, 'Patient/none'))).status).toBe(422);
  });

  test.each(['composition.status=final', 'composition:Composition.status=final', 'message.event=x'])(
    'a search by what stands in it (%s) is refused rather than found empty',
    async (query) => {
      const answer = await call('GET', `${hub.fhir}/Bundle?${query}`);
      const text =
        'What stands in a Bundle is not searched by what it says. Search Bundles by identifier or timestamp.';
      expect([answer.status, texts(answer)]).toEqual([400, [expect.stringContaining(text)]]);
    },
  );

  test('a relative reference leads to an entry of the same server', async () => {
    const known = [
      at(EHR, patient({ id: 'p' })),
      at(EHR, observation({ id: 'o', subject: { reference: 'Patient/p/_history/3' } })),
    ];
    for (const to of [hub, strict]) expect((await keep(collection(...known), to)).status).toBe(201);
    const unnamed = [patient({ id: 'p' }), observation({ subject: { reference: 'Patient/p' } })];
    expect((await keep(collection(...unnamed.map((resource) => ({ resource }))))).status).toBe(201);
  });

  test('one that leads out of it leads to the server its entry comes from, not to a resource here', async () => {
    const out = collection(at(EHR, observation({ id: 'o', subject: { reference: mine } })));
    expect((await keep(out)).status).toBe(201);
    const answer = await keep(out, strict);
    expect([answer.status, texts(answer)]).toEqual([
      422,
      [expect.stringContaining('leads to a server this hub does not know')],
    ]);
  });

  test('one to this hub is held to be there, and stays as it was sent', async () => {
    const to = (reference: string): Bundle => collection(at(EHR, observation({ id: 'o', subject: { reference } })));
    const made = await done<Bundle>(keep(to(`${hub.fhir}/${mine}`)));
    expect(made.entry?.[0]?.resource).toMatchObject({ subject: { reference: `${hub.fhir}/${mine}` } });
    const answer = await keep(to(`${hub.fhir}/Patient/none`));
    expect([answer.status, texts(answer)]).toEqual([
      422,
      ['There is no Patient/none on this hub. Send it in the same Bundle, or create it first.'],
    ]);
  });

  test('what an entry contains is found in that entry', async () => {
    const ordered = (reference: string): object => ({
      resourceType: 'MedicationRequest',
      id: 'm',
      status: 'active',
      intent: 'order',
      subject: { reference: mine },
      medicationReference: { reference },
      contained: [{ resourceType: 'Medication', id: 'pill', code: { text: 'x' } }],
    });
    expect((await keep(collection({ resource: ordered('#pill') }))).status).toBe(201);
    const answer = await keep(collection({ resource: ordered('#none') }));
    expect([answer.status, texts(answer)[0]]).toEqual([
      400,
      'There is no contained resource with this id. Contain it, or refer to where it is. (Rule ref-1.)',
    ]);
  });

  test('what another entry contains is not', async () => {
    const holder = {
      fullUrl: LETTER,
      resource: { ...patient(), contained: [{ resourceType: 'Patient', id: 'inner' }] },
    };
    const other = { fullUrl: AUTHOR, resource: observation({ subject: { reference: '#inner' } }) };
    const answer = await keep(collection(holder, other));
    expect([answer.status, texts(answer).join()]).toEqual([400, expect.stringContaining('no contained resource')]);
  });

  test('a version of an entry is found in it, and by a Bundle within it what is beside that', async () => {
    const of = (reference: string): object => ({ fullUrl: LETTER, resource: observation({ subject: { reference } }) });
    const versioned = [of(`${EHR}/Patient/p/_history/3`), at(EHR, patient({ id: 'p' }))];
    const within = [{ resource: collection(of(AUTHOR)) }, { fullUrl: AUTHOR, resource: patient() }];
    for (const entries of [versioned, within])
      for (const to of [hub, strict]) expect((await keep(collection(...entries), to)).status).toBe(201);
  });

  test('a Bundle within it is looked at likewise, and one in a transaction', async () => {
    expect((await keep(collection({ resource: document(AUTHOR, mine) }))).status).toBe(201);
    expect((await call('POST', hub.fhir, { body: bundle(post(document(AUTHOR, mine))) })).status).toBe(200);
  });
});
