import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Organization, Patient } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle } from '../support/network.ts';
import { written } from './written.ts';

const SYSTEM = 'https://hospital.example/mrn';
const together = <T>(count: number, work: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => work(at)));
const tally = (answers: readonly Answer[]): Record<string, number> =>
  Object.fromEntries(
    Map.groupBy(answers, ({ status }) => String(status))
      .entries()
      .map(([status, all]) => [status, all.length]),
  );

describe.each(databaseKinds())('a condition (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  beforeAll(async () => {
    hub = await startHub(kind);
    hospital = await addPartner(hub, 'St. Anna Hospital');
  });
  afterAll(() => hub?.close());

  const at = (path: string): string => `${hub.fhir}/${path}`;
  const patient = (value: string, fields: Partial<Patient> = {}): Patient => ({
    resourceType: 'Patient',
    identifier: [{ system: SYSTEM, value }],
    ...fields,
  });
  const condition = (value: string): string => `identifier=${encodeURIComponent(`${SYSTEM}|${value}`)}`;
  const createUnless = (value: string): Promise<Answer<Patient>> =>
    call<Patient>('POST', at('Patient'), { body: patient(value), headers: { 'if-none-exist': condition(value) } });
  const known = async (value: string): Promise<(Patient & { id: string })[]> =>
    found<Patient>(await call('GET', at(`Patient?${condition(value)}`)));
  const bundle = (...entry: unknown[]): unknown => ({ resourceType: 'Bundle', type: 'transaction', entry });

  describe('under which to create', () => {
    test('creates when nothing meets it, and finds what does', async () => {
      const [first, second] = [await createUnless('a'), await createUnless('a')];
      expect([first.status, second.status, second.body.id]).toEqual([201, 200, first.body.id]);
      expect(second.headers.get('etag')).toBe('W/"1"');
      expect(await known('a')).toHaveLength(1);
    });

    test('is refused when several meet it', async () => {
      await done(call('POST', at('Patient'), { body: patient('twice') }));
      await done(call('POST', at('Patient'), { body: patient('twice') }));
      const answer = await createUnless('twice');
      expect([answer.status, await known('twice')]).toEqual([412, [expect.anything(), expect.anything()]]);
      expect(texts(answer)[0]).toMatch(/multiple/i);
    });

    test('creates one resource, however many ask for it at once', async () => {
      const answers = await together(20, () => createUnless('race'));
      expect(tally(answers)).toEqual({ 200: 19, 201: 1 });
      expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1);
      expect(await known('race')).toHaveLength(1);
    });

    test('creates one resource, also when Bundles and single requests ask for it at once', async () => {
      const entry = {
        fullUrl: `urn:uuid:${randomUUID()}`,
        request: { method: 'POST', url: 'Patient', ifNoneExist: condition('mixed') },
        resource: patient('mixed'),
      };
      const answers = await together(12, (each) =>
        each % 3 === 0
          ? createUnless('mixed')
          : call('POST', hub.fhir, {
              body: each % 3 === 1 ? bundle(entry) : { ...(bundle(entry) as object), type: 'batch' },
            }),
      );
      expect(answers.map(({ status }) => status).filter((status) => status > 201)).toEqual([]);
      expect(await known('mixed')).toHaveLength(1);
    });
  });

  describe('under which to update', () => {
    test('creates, then updates what meets it', async () => {
      const put = (gender: Patient['gender']): Promise<Answer<Patient>> =>
        call<Patient>('PUT', at(`Patient?${condition('b')}`), { body: patient('b', gender ? { gender } : {}) });
      const [first, second] = [await put('female'), await put('other')];
      expect([first.status, second.status]).toEqual([201, 200]);
      expect(second.body).toMatchObject({ id: first.body.id, gender: 'other', meta: { versionId: '2' } });
    });

    test('creates one resource, however many ask for it at once', async () => {
      const answers = await together(10, () =>
        call('PUT', at(`Patient?${condition('upsert')}`), { body: patient('upsert') }),
      );
      expect(tally(answers)).toEqual({ 200: 9, 201: 1 });
      expect(await known('upsert')).toMatchObject([{ meta: { versionId: '10' } }]);
    });

    test('is refused when several meet it', async () => {
      await done(call('POST', at('Patient'), { body: patient('both') }));
      await done(call('POST', at('Patient'), { body: patient('both') }));
      expect((await call('PUT', at(`Patient?${condition('both')}`), { body: patient('both') })).status).toBe(412);
    });
  });

  describe('that this server does not understand is refused, rather than taken for one that everything meets:', () => {
    const text =
      'The condition names no search parameter this server knows for Patient, e.g. identifier. A condition that is not understood would be met by everything.';
    test.each<[string, (hub: string) => Promise<Answer>]>([
      [
        'create',
        (fhir) => call('POST', `${fhir}/Patient`, { body: patient('x'), headers: { 'if-none-exist': 'identifer=x' } }),
      ],
      ['update', (fhir) => call('PUT', `${fhir}/Patient?identifer=x`, { body: patient('x') })],
      ['update of anything', (fhir) => call('PUT', `${fhir}/Patient?`, { body: patient('x') })],
      ['delete', (fhir) => call('DELETE', `${fhir}/Patient?identifer=x`)],
      ['delete of anything', (fhir) => call('DELETE', `${fhir}/Patient`)],
      [
        'patch',
        (fhir) =>
          call('PATCH', `${fhir}/Patient?identifer=x`, {
            body: [],
            headers: { 'content-type': 'application/json-patch+json' },
          }),
      ],
      [
        'create in a Bundle',
        (fhir) =>
          call('POST', fhir, {
            body: bundle({
              request: { method: 'POST', url: 'Patient', ifNoneExist: 'identifer=x' },
              resource: patient('x'),
            }),
          }),
      ],
      [
        'update in a Bundle',
        (fhir) =>
          call('POST', fhir, {
            body: bundle({ request: { method: 'PUT', url: 'Patient?identifer=x' }, resource: patient('x') }),
          }),
      ],
    ])('%s', async (_name, ask) => {
      const before = await written(hub.deps.db);
      const answer = await ask(hub.fhir);
      expect([answer.status, texts(answer)]).toEqual([400, [text]]);
      expect(await written(hub.deps.db)).toEqual(before);
    });
  });

  describe('in a Bundle', () => {
    test('leads the other entries to what meets it, also in a large Bundle', async () => {
      const existing = await done<Patient>(call('POST', at('Patient'), { body: patient('large') }));
      const urn = `urn:uuid:${randomUUID()}`;
      const observations = Array.from({ length: 12 }, () => ({
        request: { method: 'POST', url: 'Observation' },
        resource: { resourceType: 'Observation', status: 'final', code: { text: 'x' }, subject: { reference: urn } },
      }));
      const first = {
        fullUrl: urn,
        request: { method: 'POST', url: 'Patient', ifNoneExist: condition('large') },
        resource: patient('large'),
      };
      const { status, body } = await call<Bundle>('POST', hub.fhir, { body: bundle(first, ...observations) });
      expect([status, body.entry?.map(({ response }) => response?.status)]).toEqual([
        200,
        ['200', ...observations.map(() => '201')],
      ]);
      expect(body.entry?.[0]?.response).toMatchObject({ location: `Patient/${existing.id}/_history/1`, etag: 'W/"1"' });
      const about = await call('GET', at(`Observation?subject=Patient/${existing.id}&_count=100`));
      expect(found(about)).toHaveLength(12);
    });

    test('that two entries have is refused: they cannot both be the one resource', async () => {
      const before = await written(hub.deps.db);
      const entry = {
        request: { method: 'POST', url: 'Patient', ifNoneExist: condition('self') },
        resource: patient('self'),
      };
      const answer = await call('POST', hub.fhir, { body: bundle(entry, entry) });
      expect([answer.status, texts(answer)]).toEqual([
        400,
        ['Entry 0 of this Bundle has the same condition. Say in one entry what both say.'],
      ]);
      expect(await written(hub.deps.db)).toEqual(before);
    });

    test('that nothing meets leaves nothing to patch', async () => {
      const patch = {
        resourceType: 'Binary',
        contentType: 'application/json-patch+json',
        data: Buffer.from('[]').toString('base64'),
      };
      const answer = await call('POST', hub.fhir, {
        body: bundle({ request: { method: 'PATCH', url: `Patient?${condition('nobody')}` }, resource: patch }),
      });
      expect([answer.status, texts(answer)]).toEqual([
        404,
        ['Nothing meets this condition, so there is nothing to change.'],
      ]);
    });

    test('under which to update creates, then updates', async () => {
      const put = (gender: string): Promise<Answer<Bundle>> =>
        call<Bundle>('POST', hub.fhir, {
          body: bundle({
            request: { method: 'PUT', url: `Patient?${condition('c')}` },
            resource: { ...patient('c'), gender },
          }),
        });
      const statuses = [await put('male'), await put('female')].map(({ body }) => body.entry?.[0]?.response?.status);
      expect([statuses, (await known('c')).map(({ gender }) => gender)]).toEqual([['201', '200'], ['female']]);
    });

    test('under which to delete deletes what meets it, if anything does', async () => {
      await done(call('POST', at('Patient'), { body: patient('d') }));
      const remove = (): Promise<Answer<Bundle>> =>
        call<Bundle>('POST', hub.fhir, {
          body: bundle({ request: { method: 'DELETE', url: `Patient?${condition('d')}` } }),
        });
      expect([(await remove()).status, await known('d'), (await remove()).status]).toEqual([200, [], 200]);
    });

    test('that several meet refuses the whole Bundle', async () => {
      await done(call('POST', at('Patient'), { body: patient('many') }));
      await done(call('POST', at('Patient'), { body: patient('many') }));
      const before = await written(hub.deps.db);
      const organization: Organization = { resourceType: 'Organization', name: 'Not made' };
      const entries = [
        { request: { method: 'POST', url: 'Organization' }, resource: organization },
        { request: { method: 'POST', url: 'Patient', ifNoneExist: condition('many') }, resource: patient('many') },
      ];
      expect((await call('POST', hub.fhir, { body: bundle(...entries) })).status).toBe(412);
      expect(await written(hub.deps.db)).toEqual(before);
    });
  });

  describe('of the version read', () => {
    test('lets exactly one of many changes through', async () => {
      const { id } = await done<Patient>(call('POST', at('Patient'), { body: patient('e') }));
      const answers = await together(10, (each) =>
        call('PUT', at(`Patient/${id}`), {
          body: { ...patient('e'), id, birthDate: `${1950 + each}` },
          headers: { 'if-match': 'W/"1"' },
        }),
      );
      expect(tally(answers)).toEqual({ 200: 1, 412: 9 });
      const winner = answers.find(({ status }) => status === 200) as Answer<Patient>;
      expect((await call('GET', at(`Patient/${id}`))).body).toEqual(winner.body);
    });

    test('left out, lets all through, one after another', async () => {
      const { id } = await done<Patient>(call('POST', at('Patient'), { body: patient('f') }));
      const answers = await together(10, (each) =>
        call<Patient>('PUT', at(`Patient/${id}`), { body: { ...patient('f'), id, birthDate: `${1950 + each}` } }),
      );
      expect(answers.map(({ body }) => Number(body.meta?.versionId)).sort((a, b) => a - b)).toEqual([
        2, 3, 4, 5, 6, 7, 8, 9, 10, 11,
      ]);
    });
  });

  test('of the same business identifier makes one referral of ten sent at once', async () => {
    const ready = await done<Bundle>(
      call('POST', hub.fhir, {
        token: hospital.token,
        body: { ...referralBundle(hospital), entry: referralBundle(hospital).entry?.slice(0, 2) },
      }),
    );
    const [person, request] = (ready.entry ?? []).map(({ response }) => response?.location?.split('/_history')[0]);
    const task = {
      ...referralBundle(hospital, { identifier: 'ten-at-once' }).entry?.[2]?.resource,
      focus: { reference: request },
      for: { reference: person },
    };
    const answers = await together(10, () => call('POST', at('Task'), { token: hospital.token, body: task }));
    expect(tally(answers)).toEqual({ 201: 1, 409: 9 });
    const text = /^Task\/[0-9a-f-]{36} has the same identifier from the same requester\.$/;
    for (const answer of answers.filter(({ status }) => status === 409))
      expect(texts(answer)).toEqual([expect.stringMatching(text)]);
    expect(await hub.deps.db.query('SELECT count(*)::int AS loops FROM loop')).toEqual([{ loops: 1 }]);
  });
});
