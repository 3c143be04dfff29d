import type { Verdict } from '../requirement.ts';
import type { Server } from '../server/server.ts';
import { pass, require } from '../verdict.ts';
import { type Evidence, entriesOf, evidenceOf, HEADER } from './evidence.ts';
import { readStatus, type Status } from './notification.ts';

/** @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/notifications.html */
type Check = (server: Server) => Promise<Verdict>;

/** Looks at what a subscription of one content was sent. */
function seen(content: string, look: (evidence: Evidence) => string): Check {
  return async (server) => pass(look(await evidenceOf(server, content)));
}

/** The status of each notification of an event. */
function statuses({ notifications }: Evidence): Status[] {
  return notifications.flatMap(({ bundle }) => readStatus(bundle) ?? []);
}

export const isTold = seen('id-only', () => 'Both of two events were notified.');

export const beginsWithStatus = seen('id-only', ({ live }) => {
  for (const { bundle } of live.received()) {
    require(bundle?.type === 'history', 'A notification is not a Bundle of type history.');
    require(readStatus(bundle), 'A notification does not begin with its status as Parameters.');
  }
  return 'Every notification, the handshake too, is a history Bundle that begins with its status as Parameters.';
});

export const namesRequests = seen('id-only', ({ live, notifications }) => {
  for (const { bundle } of live.received()) {
    const { request } = bundle?.entry?.[0] ?? {};
    const asked = new RegExp(`Subscription/${live.subscription.id}/\\$status$`).test(request?.url ?? '');
    require(request?.method === 'GET' && asked, 'The status entry does not have the request of a $status.');
  }
  const rest = notifications.flatMap(entriesOf);
  require(rest.every(({ request }) => request?.method && request.url), 'An entry of a notification has no request.');
  return 'The status entry has the request of a $status, and every other entry one of its own.';
});

export const isPosted = seen('id-only', ({ notifications }) => {
  require(notifications.every(({ bundle }) => bundle?.resourceType === 'Bundle'), 'What is posted is no Bundle.');
  return 'A Bundle was posted to the endpoint.';
});

export const hasPayloadType = seen('id-only', ({ live }) => {
  const right = live.received().every(({ contentType }) => contentType.split(';')[0] === 'application/fhir+json');
  require(right, 'The content type of a notification is not the one of the subscription.');
  return 'The content type is the one the subscription names.';
});

export const carriesHeaders = seen('id-only', ({ live }) => {
  const [name = '', value = ''] = HEADER.split(': ');
  require(live
    .received()
    .every(
      ({ headers }) => headers[name] === value,
    ), 'A header of the subscription is not in the request of a notification.');
  return 'The header the subscription asks for is in every request.';
});

export const statusIsWhole = seen('id-only', ({ live }) => {
  for (const { subscription, topic, status, type, eventsSinceStart } of live.statuses()) {
    require(subscription?.endsWith(`Subscription/${live.subscription.id}`), 'A status does not name its subscription.');
    require(status && type, 'A status has no status or no type.');
    require(topic === undefined || topic === live.subscription.criteria, 'A status names another topic.');
    require(eventsSinceStart !== undefined, 'A status does not say how many events there were.');
  }
  return 'Every status names the subscription, its status, the type of the notification and the count of events.';
});

export const startsAsRequested = seen('id-only', ({ live }) => {
  require(live.subscription.status === 'requested', `It is created as ${live.subscription.status}, not requested.`);
  return 'It was created as requested.';
});

export const becomesActive = seen('id-only', ({ handshake }) => {
  require(readStatus(handshake.bundle)?.type === 'handshake', 'The first notification is not a handshake.');
  return 'After the handshake was answered it became active.';
});

export const emptyTellsNothing = seen('empty', (evidence) => {
  const focused = statuses(evidence).some(({ events }) => events.some(({ focus }) => focus));
  require(!focused, 'A notification with an empty payload refers to what it is about.');
  return 'No event of an empty notification has a focus.';
});

export const emptyHasOneEntry = seen('empty', ({ notifications }) => {
  require(notifications.flatMap(entriesOf).length === 0, 'An empty notification has entries beside its status.');
  return 'The status was the only entry.';
});

export const emptyHasNoTopic = seen('empty', (evidence) => {
  require(statuses(evidence).every(({ topic }) => topic === undefined), 'An empty notification names the topic.');
  return 'The status of an empty notification names no topic.';
});

export const fullHasTopic = seen('full-resource', (evidence) => {
  require(statuses(evidence).every(
    ({ topic }) => topic !== undefined,
  ), 'A notification with full resources does not name the topic.');
  return 'The status names the topic.';
});

export const idOnlyHasFocus = seen('id-only', (evidence) => focusOf(evidence));
export const fullHasFocus = seen('full-resource', (evidence) => focusOf(evidence));

function focusOf(evidence: Evidence): string {
  const focused = statuses(evidence).flatMap(({ events }) => events.map(({ focus }) => focus ?? ''));
  for (const { id } of evidence.tasks)
    require(focused.some((focus) => focus.endsWith(`Task/${id}`)), 'An event does not have the resource as its focus.');
  return 'Each event has the changed resource as its focus.';
}

export const idOnlyHasNoResources = seen('id-only', ({ notifications }) => {
  const entries = notifications.flatMap(entriesOf);
  require(entries.every(({ resource }) => !resource), 'An id-only notification holds a resource.');
  return 'No entry beside the status holds a resource.';
});

export const idOnlyHasAddresses = seen('id-only', ({ notifications }) => {
  const entries = notifications.flatMap(entriesOf);
  const isNamed = notifications.length > 0 && notifications.every((each) => entriesOf(each).length > 0);
  require(isNamed, 'An id-only notification has no entry beside its status.');
  require(entries.every(({ fullUrl, request }) => fullUrl && request?.url), 'An entry has no fullUrl or no request.');
  return 'Each entry has the address of the resource in fullUrl and request.';
});

export const fullHasResources = seen('full-resource', ({ notifications, tasks }) => {
  const sent = notifications.flatMap(entriesOf).flatMap(({ resource }) => resource?.id ?? []);
  for (const { id } of tasks) require(sent.includes(id), 'A full-resource notification does not hold the resource.');
  return 'The changed resources are in the notifications.';
});

export const fullEntriesAreFull = seen('full-resource', ({ notifications }) => {
  const entries = notifications.flatMap(entriesOf);
  require(entries.length > 0, 'A full-resource notification has no entry beside its status.');
  require(entries.every(({ resource }) => resource), 'An entry of a full-resource notification holds no resource.');
  return 'Each entry holds the resource.';
});

export const numbersEvents = seen('id-only', (evidence) => {
  const numbers = [...new Set(statuses(evidence).flatMap(({ events }) => events.map(({ number }) => number)))];
  require(numbers.sort((a, b) => a - b).join() === '1,2', `Two events have the numbers ${numbers.join()}, not 1, 2.`);
  return 'The two events have the numbers 1 and 2.';
});

export const countsEvents = seen('id-only', (evidence) => {
  const shaken = readStatus(evidence.handshake.bundle);
  require(shaken?.eventsSinceStart === 0, 'The handshake counts as an event.');
  const last = Math.max(...statuses(evidence).map(({ eventsSinceStart }) => eventsSinceStart ?? 0));
  require(last === 2, `After two events the count is ${last}, not 2.`);
  return 'The count is 0 in the handshake and 2 after two events.';
});

/** What is sent follows the content that was asked for. */
export const followsContent: Check = async (server) => {
  for (const check of [emptyHasOneEntry, idOnlyHasNoResources, fullHasResources]) await check(server);
  return pass('Empty, id-only and full-resource subscriptions were each sent what they ask for.');
};
