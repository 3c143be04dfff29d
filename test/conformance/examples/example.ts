import type { Resource } from '@medplum/fhirtypes';
import type { Server } from '../server/server.ts';
import { topicSubscription } from '../subscriptions/topic-subscription.ts';
import { baseOf, makeResource, type Surroundings } from './make-resource.ts';

/** The least that is valid of a type, with everything it refers to in place. */
export async function exampleOf<T extends Resource>(server: Server, type: string): Promise<T> {
  if (type !== 'Subscription') return madeOf<T>(server, baseOf(type));
  const { endpoint } = await server.listener();
  return topicSubscription({ endpoint: endpoint('nobody') }) as unknown as T;
}

/** The least that is valid of a type or a profile. */
export async function madeOf<T extends Resource>(server: Server, url: string): Promise<T> {
  const around = await surroundingsOf(server, (each) => makeResource(url, each));
  return makeResource<T>(url, around);
}

/** Makes everything that something refers to: once to see what that is, so that nothing else need be made. */
export async function surroundingsOf(server: Server, use: (around: Surroundings) => unknown): Promise<Surroundings> {
  const types = new Set<string>();
  use({
    reference: (type) => {
      types.add(type);
      return `${type}/none`;
    },
  });
  return server.surroundings([...types]);
}
