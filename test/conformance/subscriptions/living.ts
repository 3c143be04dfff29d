import type { Subscription } from '@medplum/fhirtypes';
import type { Verdict } from '../requirement.ts';
import { bundleIn, matchesIn } from '../server/answer.ts';
import type { Server } from '../server/server.ts';
import { pass, require, requireStatus } from '../verdict.ts';
import { eventsOf, type Live, subscribe, taskOf, until, untilStatus } from './evidence.ts';
import { statusOf } from './operations.ts';

/** @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/errors.html */
export async function failedHandshakeIsError(server: Server): Promise<Verdict> {
  const live = await subscribe(server, { behaviour: () => 500 });
  await untilStatus(server, live, 'error');
  return pass('After its handshake was answered with 500 the subscription became error.');
}

/** A subscription whose endpoint fails after the handshake, when something has happened. */
function failing(server: Server): Promise<Live> {
  return server.once('subscription that fails', async (shared) => {
    const live = await subscribe(shared, { behaviour: (number) => (number === 1 ? 200 : 500) });
    await untilStatus(shared, live, 'active');
    await live.happen();
    await untilStatus(shared, live, 'error');
    return live;
  });
}

export async function failureIsError(server: Server): Promise<Verdict> {
  await failing(server);
  return pass('After its notifications failed the subscription became error.');
}

export async function failureGoesOnCounting(server: Server): Promise<Verdict> {
  const live = await failing(server);
  const before = (await statusOf(server, live.subscription.id)).eventsSinceStart ?? 0;
  await live.happen();
  const counts = async (): Promise<boolean> =>
    ((await statusOf(server, live.subscription.id)).eventsSinceStart ?? 0) > before;
  await until(counts, 'An event that happens while the subscription is in error is not counted.');
  return pass('An event that happened while the subscription was in error was counted.');
}

export async function failureAnswersStatus(server: Server): Promise<Verdict> {
  const live = await failing(server);
  const { status } = await statusOf(server, live.subscription.id);
  require(status === 'error', `$status of a failed subscription says ${status}, not error.`);
  return pass('$status of a failed subscription is answered, and says error.');
}

/** Short, and not so short that a server would refuse it. */
const BEAT_SECONDS = 5;

export async function sendsHeartbeats(server: Server): Promise<Verdict> {
  await beatenAndQuiet(server);
  return pass('A subscription with a heartbeat period was sent heartbeats.');
}

export async function noHeartbeatUnasked(server: Server): Promise<Verdict> {
  const quiet = await beatenAndQuiet(server);
  require(beatsOf(quiet) === 0, 'A subscription without a heartbeat period is sent heartbeats.');
  return pass('While another subscription was sent a heartbeat, one without a period was sent none.');
}

/** Waits until a subscription with a heartbeat is sent one. @returns one without, that began at the same time */
function beatenAndQuiet(server: Server): Promise<Live> {
  return server.once('subscription with a heartbeat', async (shared) => {
    const beaten = await subscribe(shared, { heartbeatSeconds: BEAT_SECONDS });
    const quiet = await subscribe(shared);
    await until(() => beatsOf(beaten) > 0, `A subscription with a heartbeat of ${BEAT_SECONDS} seconds is sent none.`);
    return quiet;
  });
}

function beatsOf(live: Live): number {
  return live.statuses().filter(({ type }) => type === 'heartbeat').length;
}

/** Two filters: a Task that meets one of them only is not told of. */
export async function allFiltersHold(server: Server): Promise<Verdict> {
  const live = await subscribe(server, { filters: ['Task?status=accepted'] });
  await untilStatus(server, live, 'active');
  await live.happen('requested');
  const { id } = await live.happen('accepted');
  await until(() => eventsOf(live).length > 0, 'A Task that meets both filters is not notified.');
  const focused = live.statuses().flatMap(({ events }) => events.map(({ focus }) => focus ?? ''));
  require(focused.every((focus) => focus.endsWith(`Task/${id}`)), 'A Task that meets one of two filters is notified.');
  return pass('Of two Tasks only the one that meets both filters was notified.');
}

export async function appliesFilters(server: Server): Promise<Verdict> {
  const live = await subscribe(server);
  await untilStatus(server, live, 'active');
  const { id: other } = await server.create({ resourceType: 'Organization', name: 'Conformance, another' });
  await server.create(taskOf(`Organization/${other}`, 'requested'));
  const { id } = await live.happen();
  await until(() => eventsOf(live).length > 0, 'A Task that meets the filter is not notified.');
  const focused = live.statuses().flatMap(({ events }) => events.map(({ focus }) => focus ?? ''));
  require(focused.every((focus) => focus.endsWith(`Task/${id}`)), 'A Task that does not meet the filter is notified.');
  return pass('Of the Tasks of two organizations only those the filter names were notified.');
}

const TIMEOUT = { seconds: 1, mostMs: 8_000 };

export async function keepsTimeout(server: Server): Promise<Verdict> {
  const behaviour = (number: number): 200 | 'silence' => (number === 1 ? 200 : 'silence');
  const live = await subscribe(server, { timeoutSeconds: TIMEOUT.seconds, behaviour });
  await untilStatus(server, live, 'active');
  await live.happen();
  await until(() => live.waits().length > 0, 'An endpoint that does not answer is waited for longer than the timeout.');
  const [waited = 0] = live.waits();
  require(waited <= TIMEOUT.mostMs, 'An endpoint that does not answer is waited for much longer than the timeout.');
  return pass('An endpoint that does not answer was given up after the timeout of the subscription.');
}

export async function keepsMaxCount(server: Server): Promise<Verdict> {
  const live = await subscribe(server, { maxCount: 2 });
  await untilStatus(server, live, 'active');
  await happenTogether(server, live, 5);
  await until(() => new Set(eventsOf(live)).size >= 5, 'Of five events at once not all were notified.');
  const most = Math.max(...live.statuses().map(({ events }) => events.length));
  require(most <= 2, `A notification holds ${most} events, though at most 2 are asked for.`);
  return pass('Five events at once were notified in Bundles of at most two.');
}

/** In one transaction: a server that sends them one by one, as they come, would not show that it keeps to a limit. */
async function happenTogether(server: Server, live: Live, count: number): Promise<void> {
  const entry = Array.from({ length: count }, () => ({
    request: { method: 'POST' as const, url: 'Task' },
    resource: taskOf(live.owner, 'requested'),
  }));
  const answer = await server.call('POST', '', { body: { resourceType: 'Bundle', type: 'transaction', entry } });
  const locations = (bundleIn(answer).entry ?? []).map(({ response }) => response?.location ?? '');
  if (answer.status === 200) server.keep(locations.flatMap((each) => /Task\/[^/]+/.exec(each)?.[0] ?? []));
  else await Promise.all(entry.map(() => live.happen()));
}

/** @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/CapabilityStatement-backport-subscription-server-r4.html */
export async function searchesSubscriptions(server: Server, name: 'url' | 'status'): Promise<Verdict> {
  const live = await subscribe(server);
  await untilStatus(server, live, 'active');
  const { id, channel } = live.subscription;
  const [value, other] = name === 'url' ? [channel?.endpoint ?? '', 'http://127.0.0.1/other'] : ['active', 'off'];
  const find = async (by: string): Promise<string[]> =>
    matchesIn(await server.call('GET', `Subscription?_id=${id}&${name}=${encodeURIComponent(by)}`));
  require((await find(value)).includes(id), `GET Subscription?${name} does not find the subscription.`);
  require(!(await find(other)).includes(id), `GET Subscription?${name} finds a subscription without the value.`);
  return pass('Found by its value, not found by another one.');
}

export async function deletesSubscriptions(server: Server): Promise<Verdict> {
  const { subscription } = await subscribe(server);
  const address = `Subscription/${subscription.id}`;
  requireStatus(await server.call('DELETE', address), [200, 202, 204], 'DELETE Subscription/[id]');
  requireStatus(await server.call('GET', address), [404, 410], 'GET Subscription/[id] after DELETE');
  return pass('DELETE was answered, and the subscription is gone.');
}

export async function changesSubscriptions(server: Server): Promise<Verdict> {
  const live = await subscribe(server);
  await untilStatus(server, live, 'active');
  const address = `Subscription/${live.subscription.id}`;
  const { json } = await server.call('GET', address);
  const body = { ...(json as Subscription), reason: 'Conformance check, changed' };
  requireStatus(await server.call('PUT', address, { body }), [200], 'PUT Subscription/[id]');
  const read = (await server.call('GET', address)).json as Subscription;
  require(read.reason === body.reason, 'What was changed is not there when the subscription is read.');
  return pass('PUT was answered 200, and the change is read back.');
}

/** A person is told by e-mail that there is something; what a mail server does with it is not seen from here. */
export async function takesEmail(server: Server): Promise<Verdict> {
  const wish = { endpoint: 'mailto:conformance@careloop.example', channel: 'email', content: 'empty' };
  const { subscription } = await subscribe(server, wish);
  require(subscription.status !== 'error', 'A subscription by e-mail is in error at once.');
  return pass('A subscription by e-mail was accepted.');
}
