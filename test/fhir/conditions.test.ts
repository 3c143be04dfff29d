import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
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
  beforeAll(async () => {
    hub = await startHub(kind);
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

    test('takes a time whose offset from UTC is not encoded', async () => {
      const body = patient('offset', { deceasedDateTime: '2026-01-15T10:30:00Z' });
      const ifNoneExist = 'death-date=2026-01-15T12:30:00+02:00';
      const first = await call<Patient>('POST', at('Patient'), { body, headers: { 'if-none-exist': ifNoneExist } });
      const request = { method: 'POST', url: 'Patient', ifNoneExist };
      const second = await call<Bundle>('POST', hub.fhir, { body: bundle({ request, resource: body }) });
      expect([first.status, second.body.entry?.[0]?.response?.status]).toEqual([201, '200']);
    });

    test('is refused when several meet it', async () => {
      await done(call('POST', at('Patient'), { body: patient('twice') }));
      await done(call('POST', at('Patient'), { body: patient('twice') }));
      const answer = await createUnless('twice');
      expect([answer.status, await known('twice')]).toEqual([412, [expect.anything(), expect.anything()]]);
      expect(texts(answer)).toEqual([
        'Several resources meet this condition. Name one by something only it has, e.g. its identifier.',
      ]);
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

  describe('with an id in the body', () => {
    const put = (value: string, id: string, inBundle = false): Promise<Answer<Patient>> => {
      const body = patient(value, { id });
      const entry = { request: { method: 'PUT', url: `Patient?${condition(value)}` }, resource: body };
      return inBundle
        ? call('POST', hub.fhir, { body: bundle(entry) })
        : call('PUT', at(`Patient?${condition(value)}`), { body });
    };

    test('that nothing meets makes it under this id', async () => {
      const made = await put('fresh', 'fresh-id');
      expect([made.status, made.body.id]).toEqual([201, 'fresh-id']);
    });

    test('replaces what meets it, where it has this id; else it is refused', async () => {
      const { id } = await done<Patient>(call('POST', at('Patient'), { body: patient('same') }));
      expect((await put('same', id)).status).toBe(200);
      const other = await put('same', 'other-id');
      expect([other.status, texts(other)]).toEqual([
        400,
        [`What meets the condition is Patient/${id}, but the body has another id. Leave the id out.`],
      ]);
    });

    test.each([false, true])(
      'that nothing meets leaves another resource of this id alone (in a Bundle: %s)',
      async (inBundle) => {
        const other = await done<Patient>(call('POST', at('Patient'), { body: patient(`other ${inBundle}`) }));
        const answer = await put(`nobody ${inBundle}`, other.id, inBundle);
        expect([answer.status, texts(answer)]).toEqual([
          409,
          [
            `Nothing meets the condition, but there is a Patient with the id of the body. Leave the id out, or update Patient/${other.id} by its address.`,
          ],
        ]);
        expect((await call('GET', at(`Patient/${other.id}`))).body).toEqual(other);
      },
    );
  });

  describe('under which to patch, or to delete', () => {
    const PATCH = { body: [{ op: 'add', path: '/active', value: true }] };
    const ask = (method: string, value: string): Promise<Answer<Patient>> =>
      call<Patient>(method, at(`Patient?${condition(value)}`), method === 'PATCH' ? PATCH : {});

    test('changes the one that meets it', async () => {
      const { id } = await done<Patient>(call('POST', at('Patient'), { body: patient('one') }));
      const patched = await ask('PATCH', 'one');
      expect([patched.status, patched.body.id, patched.body.active]).toEqual([200, id, true]);
      expect([(await ask('DELETE', 'one')).status, await known('one')]).toEqual([200, []]);
    });

    test('changes nothing where none or several meet it', async () => {
      const none = await ask('PATCH', 'none');
      expect([none.status, texts(none)]).toEqual([
        404,
        ['Nothing meets this condition, so there is nothing to change.'],
      ]);
      expect((await ask('DELETE', 'none')).status).toBe(200);
      for (let count = 0; count < 2; count += 1) await done(call('POST', at('Patient'), { body: patient('pair') }));
      const before = await written(hub.deps.db);
      for (const method of ['PATCH', 'DELETE']) expect((await ask(method, 'pair')).status).toBe(412);
      expect(await written(hub.deps.db)).toEqual(before);
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
});
