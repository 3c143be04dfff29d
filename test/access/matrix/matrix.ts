import type { Resource } from '@medplum/fhirtypes';
import { call } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import { HUB, type Network } from '../network/told.ts';
import { instanceRoutes } from './instance-routes.ts';
import { listRoutes } from './list-routes.ts';
import { loopRoutes } from './loop-routes.ts';
import { Tally, type Verdicts } from './tally.ts';
import type { Asker, Walk } from './walk.ts';

/**
 * Walks organization × resource × interaction × route, and compares what is answered with what the stories say: a resource
 * that is shown to who may not see it is a leak, one that is kept from who may is a wrong denial.
 * @param thorough whether every interaction is tried at every resource, rather than each at every few
 */
export async function walkMatrix(hub: TestHub, network: Network, thorough: boolean): Promise<Verdicts> {
  const walk: Walk = { hub, network, tally: new Tally(), contents: await contentsOf(hub, network) };
  const people: Asker = { id: HUB, token: undefined };
  const askers: Asker[] = [...network.hospitals, ...network.agencies, people];
  for (const asker of askers) {
    // Those that would change something come first: what they should not have changed is missed by those that read.
    await instanceRoutes(walk, asker, thorough);
    await listRoutes(walk, asker);
    await loopRoutes(walk, asker);
  }
  return walk.tally.verdicts();
}

/** Every resource of the stories as it stands, by `Type/id`. */
export async function contentsOf(hub: TestHub, { resources }: Network): Promise<ReadonlyMap<string, Resource>> {
  const contents = new Map<string, Resource>();
  for (const { type, id } of resources) {
    const headers = { accept: 'application/fhir+json' };
    const { status, body } = await call<Resource>('GET', `${hub.fhir}/${type}/${id}`, { headers });
    if (status !== 200) throw new Error(`${type}/${id} of a story is not there: ${status}`);
    contents.set(`${type}/${id}`, body);
  }
  return contents;
}
