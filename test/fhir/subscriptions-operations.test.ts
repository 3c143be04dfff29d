import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Parameters, Subscription } from '@medplum/fhirtypes';
import { tidySubscriptions } from '../../src/fhir/subscriptions/tidy.ts';
import { validate } from '../../src/fhir/validate/validate.ts';
import { type Answer, call, texts } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import {
  eventsOf,
  type Hook,
  numbersTaken,
  openHook,
  parameterOf,
  statusOf,
  subscribe,
  subscriptionTo,
  typeOf,
  untilStatus,
} from '../support/subscriber.ts';

const DAY_MS = 86_400_000;

describe.each(databaseKinds())('what can be asked about subscriptions, on the %s store', (kind) => {
  const clock = createClock();
  let hub: TestHub;
  let hospital: Partner;
  let foodBank: Partner;
  let hook: Hook;
  let active: Subscription & { id: string };
  let failed: Subscription & { id: string };

  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, now: clock.now, settings: { RETRY_SCHEDULE_MS: '1' } });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    foodBank = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
    hook = await openHook();
    const filters = [`Task?owner=Organization/${foodBank.id}`];
    active = await subscribe(hub, foodBank, hook.url, { filters, maxCount: 2 });
    const body = subscriptionTo(`http://127.0.0.1:${await freePort()}/gone`, { filters });
    const made = await call<Subscription>('POST', `${hub.fhir}/Subscription`, { token: foodBank.token, body });
    failed = await untilStatus(hub, foodBank, made.body.id ?? '', 'error');
    for (let number = 1; number <= 5; number += 1) {
      await sendReferral(hub, hospital);
      // A minute that passed while it is being told would be longer than a worker may hold it: it would be told twice.
      await eventually(() => expect(numbersTaken(hook)).toHaveLength(number));
      clock.advance(60_000);
    }
    expect(numbersTaken(hook)).toEqual([1, 2, 3, 4, 5]);
  });
  afterAll(async () => {
    await hub?.close();
    await hook?.close();
  });

  const get = (path: string): Promise<Answer<Bundle>> =>
    call<Bundle>('GET', `${hub.fhir}/Subscription${path}`, { token: foodBank.token });
  const post = (path: string, parameter: Parameters['parameter'] = []): Promise<Answer<Bundle>> =>
    call<Bundle>('POST', `${hub.fhir}/Subscription${path}`, {
      token: foodBank.token,
      body: { resourceType: 'Parameters', parameter },
    });
  const said = ({ body }: Answer<Bundle>): unknown[] =>
    (body.entry ?? []).map(({ resource }) => {
      const parameters = resource as Parameters;
      const { reference } = parameterOf(parameters, 'subscription') as { reference: string };
      return [reference.split('/').at(-1), parameterOf(parameters, 'status')];
    });

  test('$status of one Subscription: a searchset with its status; other parameters are ignored there', async () => {
    const answer = await get(`/${active.id}/$status?status=off&id=another`);
    expect(answer).toMatchObject({ status: 200, body: { type: 'searchset', total: 1 } });
    const parameters = statusOf(answer.body);
    expect(parameterOf(parameters, 'type')).toBe('query-status');
    expect(parameterOf(parameters, 'status')).toBe('active');
    expect(parameterOf(parameters, 'events-since-subscription-start')).toBe('5');
    expect(parameterOf(parameters, 'topic')).toBe(active.criteria);
    validate(answer.body);
    expect(said(await post(`/${active.id}/$status`))).toEqual([[active.id, 'active']]);
  });

  test('$status of one that has failed: the error, and the events counted on', async () => {
    const parameters = statusOf((await get(`/${failed.id}/$status`)).body);
    expect(parameterOf(parameters, 'status')).toBe('error');
    expect(parameterOf(parameters, 'events-since-subscription-start')).toBe('5');
    expect(parameterOf(parameters, 'error')).toMatchObject({ coding: [{ code: 'no-response' }] });
  });

  test('$status of many: all of the caller’s, those with one of some ids, those with one of some statuses', async () => {
    const both = [active, failed].sort((a, b) => (a.id < b.id ? -1 : 1)).map(({ id, status }) => [id, status]);
    expect(said(await get('/$status'))).toEqual(both);
    expect(said(await get(`/$status?id=${active.id}&id=${failed.id}`))).toEqual(both);
    expect(said(await get(`/$status?id=${active.id}`))).toEqual([[active.id, 'active']]);
    expect(said(await get('/$status?status=error&status=off'))).toEqual([[failed.id, 'error']]);
    expect(said(await get(`/$status?id=${active.id}&status=error`))).toEqual([]);
    expect(said(await post('/$status', [{ name: 'id', valueId: failed.id }]))).toEqual([[failed.id, 'error']]);
    expect(said(await post('/$status', [{ name: 'status', valueCode: 'active' }]))).toEqual([[active.id, 'active']]);
  });

  test('$events: a history Bundle of what happened, both ends inclusive, told or not', async () => {
    const all = await get(`/${active.id}/$events`);
    expect(all).toMatchObject({ status: 200, body: { type: 'history' } });
    expect(parameterOf(statusOf(all.body), 'type')).toBe('query-event');
    expect(eventsOf(all.body).map(({ number }) => number)).toEqual([1, 2, 3, 4, 5]);
    validate(all.body);
    const some = await get(`/${active.id}/$events?eventsSinceNumber=2&eventsUntilNumber=4`);
    expect(eventsOf(some.body).map(({ number }) => number)).toEqual([2, 3, 4]);
    const posted = await post(`/${failed.id}/$events`, [{ name: 'eventsSinceNumber', valueString: '5' }]);
    expect(eventsOf(posted.body).map(({ number }) => number)).toEqual([5]);
  });

  test('$events with more or less content than notifications have', async () => {
    const full = await get(`/${active.id}/$events?content=full-resource&eventsUntilNumber=1`);
    expect(full.body.entry?.[1]?.resource).toMatchObject({ resourceType: 'Task', status: 'requested' });
    const empty = await get(`/${active.id}/$events?content=empty`);
    expect(empty.body.entry).toHaveLength(1);
  });

  test.each([
    ['$events?eventsSinceNumber=first', 'eventsSinceNumber is a whole number, 0 or more.'],
    ['$events?content=all', 'content is one of empty, id-only, full-resource.'],
  ])('%s is refused', async (path, text) => {
    const answer = await get(`/${active.id}/${path}`);
    expect([answer.status, texts(answer)]).toEqual([400, [text]]);
  });

  test.each([
    ['$status?_count=1', 'The parameter "_count" is not served here. There are: id, status.'],
    ['ID/$status?_count=1', 'The parameter "_count" is not served here. There are: id, status.'],
    [
      'ID/$events?eventsSinceNumer=3',
      'The parameter "eventsSinceNumer" is not served here. There are: eventsSinceNumber, eventsUntilNumber, content.',
    ],
    ['$status?Anna%20Ng=1', 'One of the parameters is not served here. There are: id, status.'],
  ])('%s would tell of more than was meant, and is refused', async (path, text) => {
    const answer = await get(`/${path.replace('ID', active.id)}`);
    expect([answer.status, texts(answer)]).toEqual([400, [text]]);
    expect((await get('/$status?_format=json&_pretty=true')).status).toBe(200);
  });

  test('$resend of what it does not know sends nothing', async () => {
    const before = hook.seen.length;
    const answer = await post(`/${active.id}/$resend`, [{ name: 'eventSince', valueString: '1' }]);
    expect([answer.status, texts(answer)]).toEqual([
      400,
      [
        'The parameter "eventSince" is not served here. There are: eventsSinceNumber, eventsUntilNumber, eventsSinceInstant, eventsUntilInstant.',
      ],
    ]);
    expect(hook.seen).toHaveLength(before);
  });

  test('$status?status=asleep is refused', async () => {
    const answer = await get('/$status?status=asleep');
    expect([answer.status, texts(answer)]).toEqual([400, ['status is requested, active, error or off.']]);
  });

  test('$resend tells events again that were told, in order, under their numbers; what it counts stays', async () => {
    const before = hook.seen.length;
    const answer = await post(`/${active.id}/$resend`, [
      { name: 'eventsSinceNumber', valueString: '2' },
      { name: 'eventsUntilNumber', valueString: '9' },
    ]);
    expect([answer.status, texts(answer)]).toEqual([200, ['Events 2 to 5 are sent again.']]);
    await eventually(() => expect(numbersTaken({ seen: hook.seen.slice(before) })).toEqual([2, 3, 4, 5]));
    expect(hook.seen.slice(before).map(typeOf)).toEqual(['event-notification', 'event-notification']);
    expect(parameterOf(statusOf(hook.seen.at(-1)?.bundle), 'events-since-subscription-start')).toBe('5');
  });

  test('$resend by time', async () => {
    const before = hook.seen.length;
    const [, second] = (
      await hub.deps.db.query<{ at: Date }>(
        'SELECT occurred_at AS at FROM subscription_event WHERE subscription_id = $1 ORDER BY number',
        [active.id],
      )
    ).map(({ at }) => at.toISOString());
    await post(`/${active.id}/$resend`, [
      { name: 'eventsSinceInstant', valueInstant: second ?? '' },
      { name: 'eventsUntilInstant', valueInstant: second ?? '' },
    ]);
    await eventually(() => expect(numbersTaken({ seen: hook.seen.slice(before) })).toEqual([2]));
  });

  test.each(['2026-02-30T00:00:00Z', '2026-03-02T09:00:00', '2026-03-02'])(
    '$resend takes no time that names no moment: %s',
    async (valueInstant) => {
      const answer = await post(`/${active.id}/$resend`, [{ name: 'eventsSinceInstant', valueString: valueInstant }]);
      expect([answer.status, texts(answer)]).toEqual([
        400,
        ['eventsSinceInstant is an instant, as in 2026-03-02T09:00:00Z.'],
      ]);
    },
  );

  test('$resend is for POST, and for what is active', async () => {
    expect(await get(`/${active.id}/$resend`)).toMatchObject({ status: 405 });
    const answer = await post(`/${failed.id}/$resend`);
    const text = 'Only an active Subscription is told anything. Update it with the status requested first.';
    expect([answer.status, texts(answer)]).toEqual([422, [text]]);
    const none = await post(`/${active.id}/$resend`, [{ name: 'eventsSinceNumber', valueString: '9' }]);
    expect(texts(none)).toEqual(['None of these events was told before, so none is sent again.']);
  });

  test('events can be asked for 30 days and more; then they are cleared away, but not what was never told', async () => {
    const numbers = async ({ id }: { id: string }): Promise<number[]> =>
      eventsOf((await get(`/${id}/$events`)).body).map(({ number }) => number);
    const tidy = (): Promise<number> => {
      const caller = { kind: 'hub', organizationId: hub.deps.hubOrg } as const;
      return tidySubscriptions(hub.deps.store, caller, hub.deps.config.SUBSCRIPTION_EVENT_DAYS);
    };
    clock.advance(40 * DAY_MS);
    await tidy();
    expect(await numbers(active)).toEqual([1, 2, 3, 4, 5]);
    // One that has failed for so long is given up in the end, and says so.
    await hub.deps.db.query('UPDATE subscription SET failed_at = $2 WHERE id = $1', [failed.id, clock.now()]);
    clock.advance(6 * DAY_MS);
    await tidy();
    expect(await numbers(active)).toEqual([]);
    expect(await numbers(failed)).toEqual([1, 2, 3, 4, 5]);
    clock.advance(40 * DAY_MS);
    await tidy();
    expect(await untilStatus(hub, foodBank, failed.id, 'off')).toMatchObject({
      error:
        'Notifications could not be delivered for so long that events are no longer kept. Update the Subscription with the status requested to be told from then on.',
    });
    expect(await numbers(failed)).toEqual([]);
  });
});
