import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient, Provenance, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { expectRefused } from './refusal.ts';

const FROM: Omit<Provenance, 'target'> = {
  resourceType: 'Provenance',
  recorded: '2026-03-01T10:00:00Z',
  agent: [{ who: { display: 'Ward 7' } }],
};

describe.each(databaseKinds())('where a change comes from, said in a header (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const send = (method: string, path: string, body: Resource, header: unknown = FROM): Promise<Answer<Resource>> =>
    call<Resource>(method, `${hub.fhir}${path}`, {
      body,
      headers: { 'x-provenance': typeof header === 'string' ? header : JSON.stringify(header) },
    });
  const about = async (reference: string): Promise<Provenance[]> =>
    found<Provenance>(await call('GET', `${hub.fhir}/Provenance?target=${reference}&_sort=_lastUpdated`));
  const targets = (all: readonly Provenance[]): (string | undefined)[][] =>
    all.map(({ target }) => target.map(({ reference }) => reference));

  test('is kept with each version that it says it of', async () => {
    const patient = await done<Patient>(send('POST', '/Patient', { resourceType: 'Patient' }));
    await done(send('PUT', `/Patient/${patient.id}`, { ...patient, gender: 'male' }));
    const kept = await about(`Patient/${patient.id}`);
    expect(targets(kept)).toEqual([[`Patient/${patient.id}/_history/1`], [`Patient/${patient.id}/_history/2`]]);
    expect(kept[0]).toMatchObject(FROM);
  });

  test('is said once of all that a Bundle writes', async () => {
    const entry = (family: string): object => ({
      request: { method: 'POST', url: 'Patient' },
      resource: { resourceType: 'Patient', name: [{ family }] },
    });
    const bundle = { resourceType: 'Bundle', type: 'transaction', entry: [entry('A'), entry('B')] } as Bundle;
    const { body } = await send('POST', '', bundle);
    const [first, second] = (body as Bundle).entry?.map(({ response }) => response?.location ?? '') ?? [];
    const kept = await about(first?.split('/_history')[0] ?? '');
    expect(targets(kept)).toEqual([[first, second]]);
  });

  test.each([
    ['no JSON', '{', 'The header X-Provenance must hold a Provenance as JSON, in ASCII (\\u00e5 for å).'],
    ['nothing', 'null', 'The header X-Provenance must hold a Provenance as JSON, in ASCII (\\u00e5 for å).'],
    [
      'with targets',
      { ...FROM, target: [{ reference: 'Patient/1' }] },
      'The Provenance in X-Provenance has no target: this server sets it to what the request writes.',
    ],
  ])('is refused with the change when it is none: %s', async (_name, header, text) => {
    await expectRefused(hub, () => send('POST', '/Patient', { resourceType: 'Patient' }, header), 400, text);
  });

  test('that is not valid leaves nothing of the change', async () => {
    const before = await call<Bundle>('GET', `${hub.fhir}/Patient?_total=accurate&_count=0`);
    const answer = await send('POST', '/Patient', { resourceType: 'Patient' }, { resourceType: 'Provenance' });
    expect([answer.status, texts(answer).length > 0]).toEqual([400, true]);
    const after = await call<Bundle>('GET', `${hub.fhir}/Patient?_total=accurate&_count=0`);
    expect(after.body.total).toBe(before.body.total);
  });
});
