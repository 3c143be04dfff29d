import type { Parameters } from '@medplum/fhirtypes';
import type { Verdict } from '../requirement.ts';
import { type Answer, bundleIn } from '../server/answer.ts';
import type { Server } from '../server/server.ts';
import { pass, require, requireStatus } from '../verdict.ts';
import { evidenceOf } from './evidence.ts';
import { readStatus, type Status, statusIn } from './notification.ts';

/** The `$status` of one subscription. @throws Unmet when it is not answered */
export async function statusOf(server: Server, id: string): Promise<Status> {
  const answer = await server.call('GET', `Subscription/${id}/$status`);
  requireStatus(answer, [200], 'GET Subscription/[id]/$status');
  const [status, ...more] = statusesIn(answer);
  require(status && more.length === 0, 'GET Subscription/[id]/$status does not answer the one status.');
  return status;
}

function statusesIn(answer: Answer): Status[] {
  const resources = (bundleIn(answer).entry ?? []).map(({ resource }) => resource);
  return resources.filter((each): each is Parameters => each?.resourceType === 'Parameters').map(statusIn);
}

/** The subscriptions a type-level `$status` tells of. */
async function told(server: Server, query: string): Promise<string[]> {
  const answer = await server.call('GET', `Subscription/$status${query}`);
  requireStatus(answer, [200], `GET Subscription/$status${query.replace(/=[^&]*/g, '')}`);
  return statusesIn(answer).map(({ subscription }) => subscription?.split('/').at(-1) ?? '');
}

/** Two subscriptions that are there and active. */
async function pair(server: Server): Promise<[string, string]> {
  const [one, another] = [await evidenceOf(server, 'id-only'), await evidenceOf(server, 'empty')];
  return [one.live.subscription.id, another.live.subscription.id];
}

/** @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-status.html */
export async function answersStatus(server: Server): Promise<Verdict> {
  const { live } = await evidenceOf(server, 'id-only');
  const { status, type, eventsSinceStart } = await statusOf(server, live.subscription.id);
  require(status === 'active', `$status of an active subscription says ${status}.`);
  require(type === 'query-status', `$status answers the type ${type}, not query-status.`);
  require(eventsSinceStart === 2, `$status counts ${eventsSinceStart} events, not 2.`);
  return pass('$status was answered, with the status and the count of events.');
}

export async function statusIsSearchset(server: Server): Promise<Verdict> {
  const { live } = await evidenceOf(server, 'id-only');
  const answer = await server.call('GET', `Subscription/${live.subscription.id}/$status`);
  require(bundleIn(answer).type === 'searchset', '$status does not answer a Bundle of type searchset.');
  return pass('$status answered a searchset with one status for each subscription.');
}

/** At the instance, parameters that choose among subscriptions mean nothing. */
export function instanceIgnores(name: 'id' | 'status', value: string): (server: Server) => Promise<Verdict> {
  return async (server) => {
    const [one] = await pair(server);
    const answer = await server.call('GET', `Subscription/${one}/$status?${name}=${value}`);
    requireStatus(answer, [200], `GET Subscription/[id]/$status?${name}`);
    const [status] = statusesIn(answer);
    require(status?.subscription?.endsWith(one), `At the instance, $status does not ignore ${name}.`);
    return pass(`At the instance, $status was answered whatever ${name} said.`);
  };
}

export async function idsAreAlternatives(server: Server): Promise<Verdict> {
  const [one, another] = await pair(server);
  const both = await told(server, `?id=${one}&id=${another}`);
  require(both.includes(one) && both.includes(another), '$status does not tell of each id that is asked for.');
  require(both.length === 2, '$status tells of subscriptions that were not asked for.');
  return pass('$status told of the two ids that were asked for, and of no other.');
}

export async function noIdIsAll(server: Server): Promise<Verdict> {
  const [one, another] = await pair(server);
  const all = await told(server, '');
  require(all.includes(one) && all.includes(another), 'Without ids, $status does not tell of every subscription.');
  return pass('Without ids, $status told of every subscription.');
}

export async function statusesAreAlternatives(server: Server): Promise<Verdict> {
  const [one, another] = await pair(server);
  const active = await told(server, `?id=${one}&id=${another}&status=error&status=active`);
  require(active.length === 2, '$status does not take several values of status as alternatives.');
  const off = await told(server, `?id=${one}&id=${another}&status=error&status=off`);
  require(off.length === 0, '$status tells of subscriptions that have none of the statuses asked for.');
  return pass('Several values of status were taken as alternatives.');
}

/** @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-events.html */
async function events(server: Server, query: string): Promise<Answer> {
  const { live } = await evidenceOf(server, 'id-only');
  const answer = await server.call('GET', `Subscription/${live.subscription.id}/$events${query}`);
  requireStatus(answer, [200], `GET Subscription/[id]/$events${query.replace(/=[^&]*/g, '')}`);
  return answer;
}

export async function answersEvents(server: Server): Promise<Verdict> {
  const bundle = bundleIn(await events(server, ''));
  require(bundle.type === 'history', '$events does not answer a Bundle of type history.');
  const status = readStatus(bundle);
  require(status?.type === 'query-event', 'The answer of $events does not begin with a status of type query-event.');
  require(status.events.length === 2, `$events answers ${status.events.length} events, not 2.`);
  return pass('$events answered a history Bundle that begins with the status and has both events.');
}

export function boundsEvents(name: 'eventsSinceNumber' | 'eventsUntilNumber'): (server: Server) => Promise<Verdict> {
  return async (server) => {
    const bound = name === 'eventsSinceNumber' ? 2 : 1;
    const numbers = readStatus(bundleIn(await events(server, `?${name}=${bound}`)))?.events.map(({ number }) => number);
    require(numbers?.join() ===
      String(bound), `$events with ${name}=${bound} of two events answers ${numbers?.join()}.`);
    return pass(`${name} was taken as a bound that includes its number.`);
  };
}
