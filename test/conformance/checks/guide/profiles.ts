import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Resource } from '@medplum/fhirtypes';
import { definitions } from '../../examples/definitions.ts';
import { exampleOf, madeOf, surroundingsOf } from '../../examples/example.ts';
import { baseOf, type Surroundings } from '../../examples/make-resource.ts';
import type { Verdict } from '../../requirement.ts';
import { matchesIn } from '../../server/answer.ts';
import type { Server } from '../../server/server.ts';
import { PUBLISHED } from '../../sources/published.ts';
import { pass, require, requireStatus } from '../../verdict.ts';
import { missingFrom } from '../rest/compare.ts';
import { described } from '../rest/metadata.ts';
import { search } from '../rest/search.ts';

/**
 * A profile is supported when a resource that claims it is taken, read back whole, found by `_profile`, and when the
 * server says so.
 * @see https://hl7.org/fhir/R4/profiling.html#CapabilityStatement.rest.resource.supportedProfile
 */
export async function supportsProfile(server: Server, type: string, profile: string): Promise<Verdict> {
  const [url = ''] = profile.split('|');
  const id = await keepsProfiled(server, type, url);
  if (url === baseOf(type)) return pass('A resource is taken and read back whole.');
  const found = await search(server, type, `_id=${id}&_profile=${encodeURIComponent(url)}`);
  require(matchesIn(found).includes(id), `GET ${type}?_profile does not find a resource that claims the profile.`);
  const { supportedProfile } = await described(server, type);
  const listed = supportedProfile?.some((each) => each.split('|')[0] === url);
  require(listed, `A resource that claims the profile is taken and found, but the metadata does not list it for ${type}.`);
  return pass('A resource that claims it is taken, read back whole and found by _profile; the metadata lists it.');
}

/** Whether every element the profile asks for is read back. */
export async function readsBack(server: Server, type: string, url: string): Promise<Verdict> {
  await keepsProfiled(server, type, url);
  return pass('A resource that claims the profile is taken and read back whole.');
}

/** @returns the id of a resource that claims the profile, and is kept whole */
async function keepsProfiled(server: Server, type: string, url: string): Promise<string> {
  const sent = await profiled(server, type, url);
  const { id } = await server.create(sent);
  // A server decides about the status of its subscriptions.
  const compared = type === 'Subscription' ? { ...sent, status: undefined } : sent;
  const read = await server.call('GET', `${type}/${id}`);
  requireStatus(read, [200], `GET ${type}/[id] of a resource that claims the profile`);
  const missing = missingFrom(read.json, compared, type);
  require(missing.length === 0, `A resource that claims the profile is read back without ${missing.join(', ')}.`);
  return id;
}

/** A resource that claims a profile: the published example, else one made from the profile, else from the type. */
export async function profiled(server: Server, type: string, url: string): Promise<Resource> {
  const published = publishedExamples().find(({ meta }) => meta?.profile?.includes(url));
  if (published) {
    const around = await surroundingsOf(server, (each) => placed(published, each));
    return placed(published, around);
  }
  if (type !== 'Subscription' && definitions().structure(url)) return madeOf(server, url);
  const plain = await exampleOf<Resource>(server, type);
  return { ...plain, meta: { profile: [url] } };
}

/** The examples of SDOH Clinical Care, as they were published. */
export function publishedExamples(): Resource[] {
  const folder = join(PUBLISHED, 'sdohcc/examples');
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.sort().map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Resource);
}

/** An example as a new resource of this server: it refers to what is here, and a Task of it has not begun. */
export function placed(example: Resource, around: Surroundings): Resource {
  const { id: _published, ...resource } = mapReferences(example, around) as Resource;
  if (resource.resourceType !== 'Task') return resource;
  const { partOf: _root, output: _outcome, ...task } = resource;
  return { ...task, status: 'draft' };
}

function mapReferences(value: unknown, around: Surroundings): unknown {
  if (Array.isArray(value)) return value.map((item) => mapReferences(item, around));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => {
      const type = name === 'reference' ? /^([A-Z][A-Za-z]+)\/[^/]+$/.exec(String(inner))?.[1] : undefined;
      return [name, type ? around.reference(type) : mapReferences(inner, around)];
    }),
  );
}
