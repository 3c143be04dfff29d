import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Task } from '@medplum/fhirtypes';
import { type Answer, call, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle } from '../support/network.ts';
import { expectRefused } from './refusal.ts';
import { written } from './written.ts';

const CONFLICT =
  'A Bundle with this identifier was accepted before, with other content. Send the same content again, or use a new identifier for a new referral.';

describe.each(databaseKinds())('a referral sent again (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let clinic: Partner;
  beforeAll(async () => {
    hub = await startHub(kind);
    hospital = await addPartner(hub, 'St. Anna Hospital');
    clinic = await addPartner(hub, 'Lakeside Clinic');
    await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
  });
  afterAll(() => hub?.close());

  const send = (bundle: unknown, by = hospital): Promise<Answer<Bundle>> =>
    call<Bundle>('POST', hub.fhir, { token: by.token, body: bundle });
  const loops = async (): Promise<number> => (await hub.deps.db.query('SELECT 1 FROM loop')).length;

  /** The entries under other names, and their properties in another order: what a retry of another program sends. */
  function again(bundle: Bundle): unknown {
    let text = JSON.stringify(bundle, (_name, value: unknown) =>
      typeof value === 'object' && value !== null && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).reverse())
        : value,
    );
    for (const { fullUrl } of bundle.entry ?? []) text = text.replaceAll(fullUrl ?? '', `urn:uuid:${randomUUID()}`);
    return JSON.parse(text);
  }

  test('is answered as the first time, and does nothing', async () => {
    const bundle = referralBundle(hospital);
    const first = await send(bundle);
    const before = await written(hub.deps.db);
    for (const repeated of [bundle, again(bundle), again(bundle)]) {
      const { status, body } = await send(repeated);
      expect([status, body]).toEqual([200, first.body]);
    }
    expect(await written(hub.deps.db)).toEqual(before);
  });

  test('ten times at once makes one loop, and ten times the same answer', async () => {
    const before = await loops();
    const bundle = referralBundle(hospital);
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(again(bundle))));
    expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    expect(await loops()).toBe(before + 1);
  });

  test('with other content is a conflict', async () => {
    const identifier = randomUUID();
    await send(referralBundle(hospital, { identifier }));
    await expectRefused(
      hub,
      () => send(referralBundle(hospital, { identifier, family: 'Else' })),
      409,
      CONFLICT,
      'Bundle.identifier',
    );
  });

  test('is known by the identifier of its Bundle, where that has one', async () => {
    const identifier = { system: 'https://hospital.example/bundles', value: randomUUID() };
    const first = await send({ ...referralBundle(hospital), identifier });
    expect(first.status).toBe(200);
    await expectRefused(
      hub,
      () => send({ ...referralBundle(hospital), identifier }),
      409,
      CONFLICT,
      'Bundle.identifier',
    );
  });

  test('by another sender under the same identifier is another referral', async () => {
    const identifier = randomUUID();
    const before = await loops();
    expect((await send(referralBundle(hospital, { identifier }))).status).toBe(200);
    expect((await send(referralBundle(clinic, { identifier }), clinic)).status).toBe(200);
    expect(await loops()).toBe(before + 2);
  });

  test('in another Bundle is refused, and says which it is', async () => {
    const identifier = randomUUID();
    await send(referralBundle(hospital, { identifier }));
    const renamed = { ...referralBundle(hospital, { identifier }), identifier: { value: randomUUID() } };
    await expectRefused(
      hub,
      () => send(renamed),
      409,
      /^Task\/[0-9a-f-]{36} has the same identifier from the same requester\.$/,
      'Bundle.entry[2].resource.identifier',
    );
  });

  test('twice in one Bundle is refused', async () => {
    const bundle = referralBundle(hospital);
    const task = bundle.entry?.[2]?.resource as Task;
    bundle.entry?.push({ request: { method: 'POST', url: 'Task' }, resource: { ...task } });
    const before = await written(hub.deps.db);
    const answer = await send(bundle);
    expect([answer.status, texts(answer)]).toEqual([
      409,
      [expect.stringMatching(/has the same identifier from the same requester/)],
    ]);
    expect(await written(hub.deps.db)).toEqual(before);
  });

  test('after it was refused, corrected, is accepted', async () => {
    const bundle = referralBundle(hospital);
    const wrong = structuredClone(bundle);
    Object.assign(wrong.entry?.[2]?.resource ?? {}, { owner: { reference: 'Organization/nobody' } });
    expect((await send(wrong)).status).toBe(422);
    expect((await send(bundle)).status).toBe(200);
  });
});
