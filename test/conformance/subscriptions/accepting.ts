import type { Subscription } from '@medplum/fhirtypes';
import type { Verdict } from '../requirement.ts';
import { isOutcome } from '../server/answer.ts';
import type { Server } from '../server/server.ts';
import { pass, require, requireStatus } from '../verdict.ts';
import { topicSubscription, type Wish } from './topic-subscription.ts';

/** A subscription the server cannot serve is refused, rather than never heard of again. @param what in words */
export function refuses(what: string, wish: Partial<Wish>): (server: Server) => Promise<Verdict> {
  return async (server) => {
    const { endpoint } = await server.listener();
    const subscription = topicSubscription({ endpoint: endpoint('refused'), ...wish });
    return refusedOutright(server, subscription, what);
  };
}

/** @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html#accepting-subscription-requests */
async function refusedOutright(server: Server, subscription: Subscription, what: string): Promise<Verdict> {
  // Otherwise a server that takes no subscription at all would seem to refuse this one for what it asks.
  await server.once('subscription that is accepted', (shared) => shared.example('Subscription'));
  const answer = await server.call('POST', 'Subscription', { body: subscription });
  if (answer.status === 201) await server.call('DELETE', `Subscription/${(answer.json as Subscription).id}`);
  requireStatus(answer, [400, 422], `POST Subscription with ${what}`);
  require(isOutcome(answer), `A subscription with ${what} is refused without an OperationOutcome.`);
  return pass(`A subscription with ${what} was refused with an OperationOutcome.`);
}

/** The topic stands in `criteria`, which must be there. */
export async function refusesWithoutCriteria(server: Server): Promise<Verdict> {
  const { endpoint } = await server.listener();
  const { criteria: _topic, ...rest } = topicSubscription({ endpoint: endpoint('refused') });
  return refusedOutright(server, rest as Subscription, 'no criteria');
}
