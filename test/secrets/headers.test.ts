import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Endpoint, Subscription } from '@medplum/fhirtypes';
import { call } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { type Hook, manyHooks, subscribe, subscriptionTo, untilStatus } from '../support/subscriber.ts';
import { tablesWith } from './canary.ts';

/** Wherever it turns up, a secret has leaked. */
const CANARY = 'Qwzxkcanary';
const MASKED = 'Authorization: ********';
const PATCH = { 'content-type': 'application/json-patch+json' };

const endpoint = (header: string[], details: Partial<Endpoint> = {}): Endpoint => ({
  resourceType: 'Endpoint',
  status: 'off',
  connectionType: { code: 'hl7-fhir-rest' },
  payloadType: [{ text: 'any' }],
  address: 'https://partner.example/fhir',
  header,
  ...details,
});

describe.each(databaseKinds())('the value of a header (%s)', (kind) => {
  let hub: TestHub;
  let agency: Partner;
  const hooks = manyHooks();
  const said: string[] = [];
  /** Everything the hub answers is kept, and searched at the end. */
  const ask = async <T = unknown>(method: string, path: string, body?: unknown, headers = {}): Promise<T> => {
    const answer = await call<T>(method, path.startsWith('http') ? path : `${hub.fhir}${path}`, {
      token: agency.token,
      ...(body === undefined ? {} : { body }),
      headers: { prefer: 'return=representation', ...headers },
    });
    said.push(JSON.stringify(answer.body));
    return answer.body;
  };
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true });
    agency = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
  });
  afterAll(async () => {
    await hub?.close();
    await hooks.close();
  });

  const heardBy = (hook: Hook): string[] => hook.seen.map(({ headers }) => String(headers.authorization));

  test('reaches the subscriber, and is shown to nobody, not even who wrote it', async () => {
    const hook = await hooks.open();
    const wish = { header: [`Authorization: Bearer ${CANARY}1`] };
    const { id, channel } = await subscribe(hub, agency, hook.url, wish);
    expect(channel.header).toEqual([MASKED]);
    await sendReferral(hub, await addPartner(hub, 'St. Anna Hospital'));
    await eventually(async () => expect(hook.seen.length).toBeGreaterThan(1));
    expect(new Set(heardBy(hook))).toEqual(new Set([`Bearer ${CANARY}1`]));
    for (const path of [`/Subscription/${id}`, `/Subscription/${id}/_history`, '/Subscription', '/_history']) {
      expect(JSON.stringify(await ask('GET', path))).toContain(MASKED);
    }
  });

  test('stays when it is sent back masked, and changes when another is sent', async () => {
    const hook = await hooks.open();
    const stored = await subscribe(hub, agency, hook.url, { header: [`Authorization: Bearer ${CANARY}2`] });
    const same = await ask<Subscription>('PUT', `/Subscription/${stored.id}`, { ...stored, reason: 'Other words' });
    expect(same).toMatchObject({ status: 'active', reason: 'Other words', channel: { header: [MASKED] } });
    await ask('PUT', `/Subscription/${stored.id}`, { ...stored, status: 'requested' });
    await eventually(async () => expect(heardBy(hook)).toEqual([`Bearer ${CANARY}2`, `Bearer ${CANARY}2`]));
    await untilStatus(hub, agency, stored.id, 'active');
    await ask('PATCH', `/Subscription/${stored.id}`, [REPLACE(`Authorization: Bearer ${CANARY}3`)], PATCH);
    await eventually(async () => expect(heardBy(hook).at(-1)).toBe(`Bearer ${CANARY}3`));
    expect((await ask<Subscription>('GET', `/Subscription/${stored.id}`)).channel.header).toEqual([MASKED]);
  });

  test('does not follow when the address is moved to another server', async () => {
    const hook = await hooks.open();
    const stored = await subscribe(hub, agency, hook.url, { header: [`Authorization: Bearer ${CANARY}4`] });
    const moved = { ...stored, channel: { ...stored.channel, endpoint: 'http://127.0.0.1:9/hook' } };
    expect(await ask('PUT', `/Subscription/${stored.id}`, moved)).toMatchObject({
      issue: [{ details: { text: expect.stringMatching(/^The address is on another server than before/) } }],
    });
  });

  test('that is masked, with nothing kept that it could mean, is refused', async () => {
    const hook = await hooks.open();
    expect(await ask('POST', '/Subscription', subscriptionTo(hook.url, { header: [MASKED] }))).toMatchObject({
      issue: [
        {
          details: { text: expect.stringMatching(/^This header is masked/) },
          expression: ['Subscription.channel.header'],
        },
      ],
    });
  });

  test('is masked by every door, within other resources too', async () => {
    const value = `Authorization: Basic ${CANARY}5`;
    const created = await ask<Endpoint & { id: string }>('POST', '/Endpoint', endpoint([value, `${CANARY}6`]));
    expect(created.header).toEqual([MASKED, '********']);
    expect(
      (await ask<Endpoint>('POST', '/Endpoint', endpoint([]), { 'if-none-exist': `_id=${created.id}` })).header,
    ).toEqual([MASKED, '********']);
    const entries = [
      { request: { method: 'POST', url: 'Endpoint' }, resource: endpoint([value]) },
      { request: { method: 'PUT', url: `Endpoint/${created.id}` }, resource: { ...endpoint([value]), id: created.id } },
      {
        request: { method: 'POST', url: 'Organization' },
        resource: {
          resourceType: 'Organization',
          name: 'With its own',
          contained: [{ ...endpoint([value]), id: 'e' }],
          endpoint: [{ reference: '#e' }],
        },
      },
      {
        request: { method: 'POST', url: 'Bundle' },
        resource: {
          resourceType: 'Bundle',
          type: 'collection',
          entry: [
            { fullUrl: 'urn:uuid:00000000-0000-4000-8000-0000000000e1', resource: endpoint([value]) },
            {
              fullUrl: 'urn:uuid:00000000-0000-4000-8000-0000000000e2',
              resource: {
                resourceType: 'Parameters',
                parameter: [{ name: 'a', part: [{ name: 'b', resource: endpoint([value]) }] }],
              },
            },
          ],
        },
      },
    ];
    for (const type of ['transaction', 'batch']) {
      const answer = await ask<Bundle>('POST', '', { resourceType: 'Bundle', type, entry: entries });
      expect(JSON.stringify(answer)).toContain('"resourceType":"Bundle"');
      const { entry = [] } = answer;
      expect(entry.map(({ response }) => response?.status?.slice(0, 3))).toEqual(['201', '200', '201', '201']);
    }
    await ask('POST', '/Endpoint/$validate?mode=create', endpoint([value]));
    await ask('DELETE', `/Endpoint/${created.id}`);
    expect(await hub.deps.db.query('SELECT 1 FROM secret WHERE owner = $1', [`Endpoint/${created.id}`])).toEqual([]);
  });

  test('is nowhere in the database and in no answer', async () => {
    expect(await tablesWith(hub.deps.db, CANARY)).toEqual([]);
    expect(await tablesWith(hub.deps.db, '********')).not.toEqual([]);
    expect(said.filter((each) => each.includes(CANARY))).toEqual([]);
  });
});

const REPLACE = (value: string): object => ({ op: 'replace', path: '/channel/header/0', value });
