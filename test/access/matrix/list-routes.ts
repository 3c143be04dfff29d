import type { Bundle, Resource } from '@medplum/fhirtypes';
import { kickOff, linesOf, manifestAt } from '../../fhir/exports.ts';
import { call } from '../../support/api.ts';
import type { Told } from '../network/told.ts';
import { forEachAtOnce } from './at-once.ts';
import { type Asker, maySee, type Walk } from './walk.ts';

/** Asks for many at once, and looks for each resource of the stories among what is answered. */
export async function listRoutes(walk: Walk, asker: Asker): Promise<void> {
  const { resources } = walk.network;
  for (const type of new Set(resources.map((told) => told.type))) {
    const ofType = resources.filter((told) => told.type === type);
    for (const query of [
      '_count=50',
      '_count=50&_sort=_lastUpdated',
      '_count=50&_sort=_id',
      '_count=200&_total=accurate',
    ])
      await listed(walk, asker, ofType, `${type}?${query}`);
    await listed(walk, asker, ofType, `${type}/_history?_count=500`);
    await counted(walk, asker, ofType, type);
  }
  await listed(walk, asker, resources, '?_count=500&_lastUpdated=ge2000-01-01');
  await listed(walk, asker, resources, '_history?_count=500');
  await forEachAtOnce(
    resources.filter(({ as }) => as === 'patient'),
    (told) => aroundPatient(walk, asker, told),
  );
  await included(walk, asker);
  await exported(walk, asker);
}

function compare(
  { tally }: Walk,
  asker: Asker,
  among: readonly Told[],
  names: ReadonlySet<string>,
  route: string,
): void {
  for (const told of among) {
    const what = `${route}: ${told.type} (${told.as} of "${told.story}") by ${asker.id}`;
    tally.cell(what, maySee(asker, told), names.has(`${told.type}/${told.id}`));
  }
}

/** All pages of an answer. */
async function namesAt({ hub }: Walk, asker: Asker, path: string): Promise<Set<string>> {
  const names = new Set<string>();
  let url: string | undefined = path.startsWith('?') ? `${hub.fhir}${path}` : `${hub.fhir}/${path}`;
  while (url) {
    const { status, body }: { status: number; body: Bundle } = await call<Bundle>('GET', url, { token: asker.token });
    if (status !== 200) return names;
    for (const { resource } of body.entry ?? []) if (resource) names.add(`${resource.resourceType}/${resource.id}`);
    url = body.link?.find(({ relation }) => relation === 'next')?.url;
  }
  return names;
}

async function listed(walk: Walk, asker: Asker, among: readonly Told[], path: string): Promise<void> {
  compare(walk, asker, among, await namesAt(walk, asker, path), path);
}

/** Stories tell of every resource of these types but those that programs make beside: as many are counted as are told. */
async function counted(walk: Walk, asker: Asker, ofType: readonly Told[], type: string): Promise<void> {
  const { body } = await call<Bundle>('GET', `${walk.hub.fhir}/${type}?_summary=count`, { token: asker.token });
  const seen = await namesAt(walk, asker, `${type}?_count=200`);
  const expected = ofType.filter((told) => maySee(asker, told)).length;
  const others = [...seen].filter((name) => !walk.contents.has(name)).length;
  walk.tally.refusal(`${type}?_summary=count by ${asker.id}`, expected + others, body.total);
}

/** What belongs to one person: by its compartment, all of it at once, and by what refers to it. */
async function aroundPatient(walk: Walk, asker: Asker, patient: Told): Promise<void> {
  const { tally, contents, network } = walk;
  const name = `${patient.type}/${patient.id}`;
  const ofPatient = network.resources.filter(
    (told) => told.type !== 'Binary' && JSON.stringify(contents.get(`${told.type}/${told.id}`)).includes(`"${name}"`),
  );
  const open = maySee(asker, patient);
  for (const path of [`${name}/$everything?_count=200`, `${name}/*?_count=200`]) {
    const names = await namesAt(walk, asker, path);
    for (const told of ofPatient) {
      const what = `${path}: ${told.type} (${told.as} of "${told.story}") by ${asker.id}`;
      tally.cell(what, open && maySee(asker, told), names.has(`${told.type}/${told.id}`));
    }
  }
  const around = await namesAt(walk, asker, `Patient?_id=${patient.id}&_revinclude=*`);
  for (const told of ofPatient) {
    const what = `_revinclude: ${told.type} (${told.as} of "${told.story}") by ${asker.id}`;
    tally.cell(what, open && maySee(asker, told), around.has(`${told.type}/${told.id}`));
  }
}

/** What is seen leads to nothing hidden: from Tasks and requests to what they refer to. */
async function included(walk: Walk, asker: Asker): Promise<void> {
  const { network, contents, tally } = walk;
  for (const type of ['Task', 'ServiceRequest']) {
    const names = await namesAt(walk, asker, `${type}?_count=200&_include=*&_include:iterate=*`);
    const from = network.resources.filter((told) => told.type === type && maySee(asker, told));
    const texts = from.map(({ id }) => JSON.stringify(contents.get(`${type}/${id}`)));
    for (const told of network.resources) {
      const name = `${told.type}/${told.id}`;
      const what = `${type}?_include=*: ${told.type} (${told.as} of "${told.story}") by ${asker.id}`;
      const isFollowed = FOLLOWED.has(told.type) && texts.some((text) => text.includes(`"${name}"`));
      // What comes by another way may come: then it is a fault only if it is hidden.
      tally.cell(what, maySee(asker, told) && (isFollowed || names.has(name)), names.has(name));
    }
  }
}

/** What search parameters of Tasks and requests lead to. */
const FOLLOWED: ReadonlySet<string> = new Set(['Patient', 'ServiceRequest', 'Task']);

async function exported(walk: Walk, asker: Asker): Promise<void> {
  const { statusUrl } = await kickOff(`${walk.hub.fhir}/$export`, asker.token);
  const { output } = await manifestAt(statusUrl, asker.token);
  const lines = await linesOf<Resource>(output, asker.token);
  const names = new Set(lines.map(({ resourceType, id }) => `${resourceType}/${id}`));
  compare(walk, asker, walk.network.resources, names, '$export');
  await call('DELETE', statusUrl, { token: asker.token });
}
