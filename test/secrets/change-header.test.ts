import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Subscription } from '@medplum/fhirtypes';
import { newKey, readKeys } from '../../src/secrets/keys.ts';
import { checkSecrets, rotateSecrets } from '../../src/secrets/rotate.ts';
import { readSecret } from '../../src/secrets/store.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { eventsOf, type Hook, openHook, subscribe, type Told, untilStatus } from '../support/subscriber.ts';
import { tablesWith } from './canary.ts';

const [OLD, NEW] = ['Bearer Qwzxkcanary-before', 'Bearer Qwzxkcanary-after'];
const PATCH = { 'content-type': 'application/json-patch+json' };
const AN_HOUR = '3600000';

describe.each(databaseKinds())('a subscriber changes the secret of its webhook (%s)', (kind) => {
  let hub: TestHub;
  let hook: Hook;
  let agency: Partner;
  let subscription: Subscription & { id: string };
  let sealedBefore: string;
  beforeAll(async () => {
    // What is answered 503 would be sent again long after this test: by the change only it comes earlier.
    hub = await startHub(kind, { workers: true, settings: { RETRY_SCHEDULE_MS: AN_HOUR } });
    hook = await openHook();
    agency = await addPartner(hub, 'Harvest Food Bank', { category: 'food-insecurity' });
    subscription = await subscribe(hub, agency, hook.url, { header: [`Authorization: ${OLD}`] });
    sealedBefore = await sealed();
  });
  afterAll(async () => {
    await hub?.close();
    await hook?.close();
  });

  const mine = { kind: 'header', owner: '' };
  const sealed = async (): Promise<string> => {
    mine.owner = `Subscription/${subscription.id}`;
    const rows = await hub.deps.db.query<{ sealed: string }>('SELECT sealed FROM secret WHERE owner = $1', [
      mine.owner,
    ]);
    expect(rows).toHaveLength(1);
    return rows[0]?.sealed ?? '';
  };
  const saidWith = (secret: string): Told[] => hook.seen.filter(({ headers }) => headers.authorization === secret);
  const numbersIn = (told: readonly Told[]): number[] =>
    told.filter(({ status }) => status === 200).flatMap(({ bundle }) => eventsOf(bundle).map(({ number }) => number));

  test('and misses nothing: what the old one could not bring comes with the new one, in order', async () => {
    hook.answers.push(503);
    await sendReferral(hub, await addPartner(hub, 'St. Anna Hospital'));
    await eventually(async () => expect(saidWith(OLD).at(-1)?.status).toBe(503));
    const op = [{ op: 'replace', path: '/channel/header/0', value: `Authorization: ${NEW}` }];
    const url = `${hub.fhir}/Subscription/${subscription.id}`;
    const options = { token: agency.token, headers: PATCH, body: op };
    expect((await done<Subscription>(call('PATCH', url, options))).status).toBe('requested');
    await untilStatus(hub, agency, subscription.id, 'active');
    const before = saidWith(OLD).length;
    await sendReferral(hub, await addPartner(hub, 'Another Hospital'));
    await eventually(async () => {
      const { body } = await call<{ entry: { resource: { parameter: { name: string; valueString?: string }[] } }[] }>(
        'GET',
        `${url}/$status`,
        { token: agency.token },
      );
      const said = body.entry[0]?.resource.parameter.find(({ name }) => name === 'events-since-subscription-start');
      const count = Number(said?.valueString);
      expect(count).toBeGreaterThan(1);
      expect(numbersIn(saidWith(NEW))).toEqual(Array.from({ length: count }, (_each, at) => at + 1));
    });
    expect(saidWith(OLD)).toHaveLength(before);
    expect(numbersIn(saidWith(OLD))).toEqual([]);
  });

  test('and the old one is gone: sealed or not, from what stands and from what stood', async () => {
    expect(await sealed()).not.toBe(sealedBefore);
    for (const text of [OLD, NEW, sealedBefore])
      expect([text, await tablesWith(hub.deps.db, text)]).toEqual([text, []]);
    expect(await readSecret(hub.deps.db, hub.deps.secretKeys, mine)).toBe(JSON.stringify([`Authorization: ${NEW}`]));
    const history = await call('GET', `${hub.fhir}/Subscription/${subscription.id}/_history`, { token: agency.token });
    expect(JSON.stringify(history.body)).toContain('Authorization: ********');
    expect(JSON.stringify(history.body)).not.toContain('Qwzxkcanary');
  });

  test('and the new one is sealed by the newest key, when the hub’s keys are changed', async () => {
    const [newest, before] = [readKeys(newKey()), await sealed()];
    expect(await rotateSecrets(hub.deps.db, [...newest, ...hub.deps.secretKeys])).toMatchObject({ notOpened: [] });
    expect([...(await checkSecrets(hub.deps.db, newest)).byKey.keys()]).toEqual([newest[0]?.id]);
    expect(await readSecret(hub.deps.db, newest, mine)).toBe(JSON.stringify([`Authorization: ${NEW}`]));
    expect(await tablesWith(hub.deps.db, before)).toEqual([]);
  });
});
