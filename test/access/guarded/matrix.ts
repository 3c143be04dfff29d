import type { Bundle, Communication, Resource } from '@medplum/fhirtypes';
import { call } from '../../support/api.ts';
import type { TestHub } from '../../support/hub.ts';
import { instanceRoutes } from '../matrix/instance-routes.ts';
import { listRoutes } from '../matrix/list-routes.ts';
import { loopRoutes } from '../matrix/loop-routes.ts';
import { walkAs } from '../matrix/people-walk.ts';
import { Tally, type Verdicts } from '../matrix/tally.ts';
import type { Asker, Walk } from '../matrix/walk.ts';
import { HUB } from '../network/told.ts';
import { accountingRoutes } from './accounting.ts';
import { linkRoutes } from './links.ts';
import { guardedPersonas } from './personas.ts';
import type { GuardedNetwork } from './stories.ts';

/** What organizations have subscribed to before anything happened: by the id of the organization, that of the Subscription. */
export type Subscribed = ReadonlyMap<string, string>;

/**
 * Walks label × what the client says × organization and role × route, and compares what is answered with what was written
 * down of each story.
 * @param hub with little work for passwords
 * @param thorough whether everybody asks for each resource by itself in every way, rather than for some in some ways; lists are of
 *   all in any case
 */
export async function walkGuarded(
  hub: TestHub,
  network: GuardedNetwork,
  subscribed: Subscribed,
  thorough: boolean,
): Promise<Verdicts> {
  const contents = await contentsOf(hub, network);
  const walk: Walk = { hub, network, tally: new Tally(), contents };
  const askers: Asker[] = [...network.hospitals, ...network.agencies, { id: HUB, token: undefined }];
  const some = (at: number): GuardedNetwork => (thorough ? network : everyThird(network, at));
  for (const [at, asker] of askers.entries()) {
    await instanceRoutes({ ...walk, network: some(at) }, asker, thorough);
    await listRoutes(walk, asker);
    await loopRoutes(walk, asker);
    await linkRoutes(walk, asker, subscribed.get(asker.id));
  }
  const { tally } = walk;
  for (const [at, persona] of (await guardedPersonas(hub, network)).entries()) {
    await walkAs({ tally, resources: some(at).resources, contents, loops: network.loops }, persona);
    await accountingRoutes({ ...walk, network: some(at) }, persona);
  }
  await noticeRoutes(walk, network);
  return tally.verdicts();
}

/** The resources of every third story, which change from one asker to the next; each story begins with its number. */
function everyThird(network: GuardedNetwork, at: number): GuardedNetwork {
  const resources = network.resources.filter(({ story }) => Number.parseInt(story, 10) % 3 === at % 3);
  return { ...network, resources };
}

/** Who could read something and may no longer is told, and nobody else. */
async function noticeRoutes({ hub, tally }: Walk, { agencies, told }: GuardedNetwork): Promise<void> {
  for (const agency of agencies) {
    const about = new Set<string | undefined>();
    let url: string | undefined = `${hub.fhir}/Communication?_count=200`;
    while (url) {
      const { body }: { body: Bundle } = await call<Bundle>('GET', url, { token: agency.token });
      for (const { resource } of body.entry ?? [])
        for (const { reference } of (resource as Communication).about ?? []) about.add(reference);
      url = body.link?.find(({ relation }) => relation === 'next')?.url;
    }
    for (const { story, task, by, expected } of told) {
      const isTold = about.has(task);
      tally.cell(`${agency.name} is told of a withdrawal (${story})`, expected && by.id === agency.id, isTold);
    }
  }
}

/** Every resource as it stands, as its author reads it: of a mandated report the hub's program reads nothing. */
async function contentsOf(
  hub: TestHub,
  { resources, hospitals, agencies }: GuardedNetwork,
): Promise<ReadonlyMap<string, Resource>> {
  const tokens = new Map([...hospitals, ...agencies].map(({ id, token }) => [id, token]));
  const contents = new Map<string, Resource>();
  for (const { type, id, author, restricted } of resources) {
    const name = `${type}/${id}`;
    if (restricted && author === HUB) {
      const sql = 'SELECT content FROM resource WHERE type = $1 AND id = $2';
      const [row] = await hub.deps.db.query<{ content: Resource }>(sql, [type, id]);
      if (row) contents.set(name, row.content);
      continue;
    }
    const headers = { accept: 'application/fhir+json' };
    const { status, body } = await call<Resource>('GET', `${hub.fhir}/${name}`, { headers, token: tokens.get(author) });
    if (status !== 200) throw new Error(`${name} of a story is not there: ${status}`);
    contents.set(name, body);
  }
  return contents;
}
