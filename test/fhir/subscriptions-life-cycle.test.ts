import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Subscription } from '@medplum/fhirtypes';
import { call, done, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import {
  manyHooks,
  numbersTaken,
  parameterOf,
  statusOf,
  subscribe,
  subscriptionTo,
  typeOf,
  untilStatus,
  type Wish,
} from '../support/subscriber.ts';

const REASON = 'Events are kept; when this is mended, update the Subscription with the status requested.';

describe.each(databaseKinds())('the life of a Subscription, on the %s store', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let foodBank: Partner;
  const hooks = manyHooks();
  const { open } = hooks;

  beforeAll(async () => {
    hub = await startHub(kind, {
      workers: true,
      settings: { RETRY_SCHEDULE_MS: '20,20', DELIVERY_TIMEOUT_MS: '3000' },
    });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    foodBank = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
  });
  afterAll(async () => {
    await hub?.close();
    await hooks.close();
  });

  const address = (id: string): string => `${hub.fhir}/Subscription/${id}`;
  const create = (url: string, wish?: Wish): Promise<Subscription & { id: string }> =>
    done<Subscription>(
      call('POST', `${hub.fhir}/Subscription`, { token: foodBank.token, body: subscriptionTo(url, wish) }),
    );
  const put = (body: Subscription, token = foodBank.token): ReturnType<typeof call> =>
    call('PUT', address(body.id ?? ''), { token, body });
  const mine = (): Wish => ({ filters: [`Task?owner=Organization/${foodBank.id}`] });

  test('it is requested, whatever its author says, until the endpoint has answered a handshake', async () => {
    const hook = await open();
    const body = { ...subscriptionTo(hook.url, mine()), status: 'active' };
    const made = await call<Subscription>('POST', `${hub.fhir}/Subscription`, { token: foodBank.token, body });
    expect(made).toMatchObject({ status: 201, body: { status: 'requested' } });
    const id = made.body.id ?? '';
    await untilStatus(hub, foodBank, id, 'active');
    const said = statusOf(hook.seen[0]?.bundle);
    expect(parameterOf(said, 'type')).toBe('handshake');
    expect(parameterOf(said, 'status')).toBe('requested');
    expect(parameterOf(said, 'subscription')).toEqual({ reference: address(id) });
    expect(parameterOf(said, 'events-since-subscription-start')).toBe('0');
  });

  test.each([
    [404, 'the endpoint answered with an error (http-404)'],
    [503, 'the endpoint answered with an error (http-503)'],
    [401, 'the endpoint does not let the hub in (auth-401)'],
    [302, 'the endpoint answered with an error (http-302)'],
    ['reset', 'the endpoint could not be reached (UND_ERR_SOCKET)'],
  ] as const)('a handshake answered with %s is an error, and is not repeated', async (answer, what) => {
    const hook = await open();
    hook.answers.push(answer);
    const { id } = await create(hook.url, mine());
    const failed = await untilStatus(hub, foodBank, id, 'error');
    expect(failed.error).toBe(`Notifications could not be delivered: ${what}. ${REASON}`);
    expect(hook.seen).toHaveLength(1);
  });

  test('a timeout shorter than the hub’s is honoured', async () => {
    const hook = await open();
    hook.answers.push('hang');
    const { id } = await create(hook.url, { ...mine(), timeout: 1 });
    const { error } = await untilStatus(hub, foodBank, id, 'error');
    expect(error).toBe(
      `Notifications could not be delivered: the endpoint did not answer in time (timeout). ${REASON}`,
    );
  });

  test('nobody at the endpoint is an error; asked for anew, it is told all it missed, from the first number on', async () => {
    const port = await freePort();
    const { id } = await create(`http://127.0.0.1:${port}/hook`, mine());
    const failed = await untilStatus(hub, foodBank, id, 'error');
    await sendReferral(hub, hospital);
    await sendReferral(hub, hospital);

    const hook = await open(port);
    await done(put({ ...failed, status: 'requested' }));
    const active = await untilStatus(hub, foodBank, id, 'active');
    expect(active.error).toBeUndefined();
    await eventually(() => expect(numbersTaken(hook)).toEqual([1, 2]));
    expect(hook.seen.map(typeOf)).toEqual(['handshake', 'event-notification']);
  });

  test('an endpoint that fails until the last try is an error; events are counted on and told when it is back', async () => {
    const hook = await open();
    const subscription = await subscribe(hub, foodBank, hook.url, mine());
    hook.answers.push(503, 500, 503);
    await sendReferral(hub, hospital);
    const failed = await untilStatus(hub, foodBank, subscription.id, 'error');
    expect(failed.error).toContain('(http-503)');
    expect(hook.seen).toHaveLength(4);
    await sendReferral(hub, hospital);

    // Somebody who edits what has failed does not mend it by that.
    await done(put({ ...failed, reason: 'Another reason' }));
    expect(await untilStatus(hub, foodBank, subscription.id, 'error')).toMatchObject({ error: failed.error });
    await done(put({ ...failed, status: 'active' }));
    await untilStatus(hub, foodBank, subscription.id, 'active');
    await eventually(() => expect(numbersTaken(hook)).toEqual([1, 2]));
  });

  test.each([410, 403, 422])(
    'an endpoint that answers %s while active is an error, with an audit entry',
    async (answer) => {
      const hook = await open();
      const { id } = await subscribe(hub, foodBank, hook.url, mine());
      // A refusal in FHIR's own words is final; in others it may be of something on the way.
      hook.answers.push(...(answer === 422 ? [422, 422, 422] : [answer]));
      await sendReferral(hub, hospital);
      const { meta } = await untilStatus(hub, foodBank, id, 'error');
      const entries = await hub.deps.db.query(
        `SELECT action, organization_id FROM audit WHERE resource_type = 'Subscription' AND resource_id = $1 AND version = $2 AND interaction IS NULL`,
        [id, Number(meta?.versionId)],
      );
      expect(entries).toEqual([{ action: 'U', organization_id: 'careloop' }]);
    },
  );

  test('switched off it is told nothing more, and counts nothing', async () => {
    const hook = await open();
    const subscription = await subscribe(hub, foodBank, hook.url, mine());
    await done(put({ ...subscription, status: 'off' }));
    await sendReferral(hub, hospital);
    const other = await open();
    await subscribe(hub, foodBank, other.url, mine());
    await sendReferral(hub, hospital);
    await eventually(() => expect(numbersTaken(other)).toEqual([1]));
    expect(hook.seen.map(typeOf)).toEqual(['handshake']);
    const [row] = await hub.deps.db.query('SELECT events::int AS events FROM subscription WHERE id = $1', [
      subscription.id,
    ]);
    expect(row).toEqual({ events: 0 });
  });

  test('deleted it is told nothing more, even what waits, and leaves nothing behind', async () => {
    const hook = await open();
    const { id } = await subscribe(hub, foodBank, hook.url, mine());
    hook.answers.push(503);
    await sendReferral(hub, hospital);
    await eventually(() => expect(hook.seen).toHaveLength(2));
    expect(await call('DELETE', address(id), { token: foodBank.token })).toMatchObject({ status: 200 });
    expect(await call('GET', `${address(id)}/$status`, { token: foodBank.token })).toMatchObject({ status: 410 });
    await eventually(async () =>
      expect(
        await hub.deps.db.query(`SELECT status FROM delivery WHERE subscription_id = $1 AND settled_at IS NULL`, [id]),
      ).toEqual([]),
    );
    const told = hook.seen.length;
    expect(told).toBeLessThanOrEqual(3);
    const left = `SELECT 1 FROM subscription WHERE id = $1 UNION ALL SELECT 1 FROM subscription_event WHERE subscription_id = $1`;
    expect(await hub.deps.db.query(left, [id])).toEqual([]);
  });

  test('another endpoint is asked before it is told anything; another filter takes hold at once', async () => {
    const [first, second] = [await open(), await open()];
    const subscription = await subscribe(hub, foodBank, first.url, { filters: ['Task?owner=Organization/nobody'] });
    const moved = { ...subscription, channel: { ...subscription.channel, endpoint: second.url } };
    expect(await done<Subscription>(put(moved))).toMatchObject({ status: 'requested' });
    const active = await untilStatus(hub, foodBank, subscription.id, 'active');
    expect(second.seen.map(typeOf)).toEqual(['handshake']);

    const filters = { _criteria: (subscriptionTo('', mine()) as unknown as { _criteria: object })._criteria };
    expect(await done<Subscription>(put({ ...active, ...filters }))).toMatchObject({ status: 'active' });
    await sendReferral(hub, hospital);
    await eventually(() => expect(numbersTaken(second)).toEqual([1]));
    expect(first.seen).toHaveLength(1);
  });

  test('it is its owner’s alone: to others it is not there', async () => {
    const hook = await open();
    const subscription = await subscribe(hub, foodBank, hook.url, mine());
    const { token } = hospital;
    const url = address(subscription.id);
    for (const path of ['', '/_history', '/$status', '/$events', '/_history/1'])
      expect(await call('GET', `${url}${path}`, { token })).toMatchObject({ status: 404 });
    const found = await call<{ entry?: unknown[] }>('GET', `${hub.fhir}/Subscription?url=${hook.url}`, { token });
    expect(found.body.entry ?? []).toEqual([]);
    const all = await call<{ total: number }>('GET', `${hub.fhir}/Subscription/$status`, { token });
    expect(all.body.total).toBe(0);
    expect(await put({ ...subscription, status: 'off' }, token)).toMatchObject({ status: 405 });
    const patch = [{ op: 'replace', path: '/status', value: 'off' }];
    const headers = { 'content-type': 'application/json-patch+json' };
    expect(await call('PATCH', url, { token, body: patch, headers })).toMatchObject({ status: 404 });
    await call('DELETE', url, { token });
    expect(await call('POST', `${url}/$resend`, { token })).toMatchObject({ status: 404 });
    await untilStatus(hub, foodBank, subscription.id, 'active');
    const own = await call<{ entry?: unknown[] }>('GET', `${hub.fhir}/Subscription?url=${hook.url}`, {
      token: foodBank.token,
    });
    expect(own.body.entry).toHaveLength(1);
  });

  test('its header, which lets the hub in at the partner, is in no error', async () => {
    const body = subscriptionTo('http://elsewhere.example', { header: ['Authorization: Bearer s3cret\r\nX: y'] });
    const answer = await call('POST', `${hub.fhir}/Subscription`, { token: foodBank.token, body });
    expect(texts(answer).join()).not.toMatch(/s3cret|elsewhere/);
  });
});
