import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient } from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle } from '../support/network.ts';

const SYSTEM = 'https://hospital.example/mrn';
const together = <T>(count: number, work: (at: number) => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, (_, at) => work(at)));
const tally = (answers: readonly Answer[]): Record<string, number> =>
  Object.fromEntries(
    Map.groupBy(answers, ({ status }) => String(status))
      .entries()
      .map(([status, all]) => [status, all.length]),
  );

describe.each(databaseKinds())('of many at once (%s)', (kind) => {
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

  describe('of an update that makes what is not there', () => {
    const put = (id: string, by: number, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
      call('PUT', at(`Patient/${id}`), { body: { ...patient('u'), id, birthDate: `${1950 + by}` }, headers });

    test('makes it once, and is an update of it the other times', async () => {
      const answers = await together(15, (by) => put('made-by-many', by));
      expect(tally(answers)).toEqual({ 200: 14, 201: 1 });
      expect((await call<Patient>('GET', at('Patient/made-by-many'))).body.meta?.versionId).toBe('15');
    });

    test('makes it once where it must not be there', async () => {
      const answers = await together(15, (by) => put('made-by-one', by, { 'if-none-match': '*' }));
      expect(tally(answers)).toEqual({ 201: 1, 412: 14 });
    });

    test('makes what a Bundle names once', async () => {
      const entry = (id: string, by: number): object => ({
        request: { method: 'PUT', url: `Patient/${id}` },
        resource: { ...patient('u'), id, birthDate: `${1950 + by}` },
      });
      const answers = await together(15, (by) =>
        call('POST', hub.fhir, {
          body: {
            resourceType: 'Bundle',
            type: 'transaction',
            entry: [entry('bundled-1', by), entry('bundled-2', by)],
          },
        }),
      );
      expect(tally(answers)).toEqual({ 200: 15 });
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
