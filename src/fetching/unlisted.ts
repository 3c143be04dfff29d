import type { Resource } from '@medplum/fhirtypes';
import { digestOf } from '../channels/digest.ts';
import { searchThere, unlessAway } from '../channels/fhir-fetch.ts';
import { knownThere, type WatchedTask } from '../counterparts/counterparts.ts';
import type { Sql } from '../db/database.ts';
import type { TaskThere } from './places.ts';
import type { Had } from './referred.ts';
import { addressThere } from './relink.ts';
import { inParameter, type Source } from './source.ts';

/** A Task on a partner's server, as it was read there, and as it is watched. */
export interface Read {
  readonly at: WatchedTask;
  readonly found: TaskThere;
}

/** What was done for a Task there, beside what it lists. */
export interface Unlisted extends Read {
  readonly had: Had;
}

/** What says for which request it was done. @see https://hl7.org/fhir/R4/searchparameter-registry.html */
const TYPES = ['Procedure', 'Observation', 'QuestionnaireResponse'] as const;
/** So many are asked for in one search: their addresses fit into one. */
const AT_ONCE = 20;

/**
 * Whether a Task there may have outcomes that it does not list: it has ended so. Where none is listed it is looked for each time,
 * else as often as everything is. Pure.
 * @param isWhole whether everything is asked for
 */
export function mayHaveMore({ at, found: { task, digest } }: Read, isWhole: boolean): boolean {
  if (!at.isOwner || (task.status !== 'completed' && task.status !== 'failed')) return false;
  if (isWhole || at.lacksOutcome) return true;
  const listsNothing = !Array.isArray(task.output) || task.output.length === 0;
  return listsNothing && at.digest !== digest;
}

/**
 * What partners have written down as done for a request without listing it: asked for by the request that their Tasks are about.
 * A server that does not know that question, or does not answer it, has none; what it gives that is based on none of these is
 * passed over unread.
 * @returns what is not here yet, or otherwise
 */
export async function unlistedOf(sql: Sql, source: Source, tasks: readonly Read[]): Promise<Unlisted[]> {
  const found: Unlisted[] = [];
  for (let from = 0; from < tasks.length; from += AT_ONCE) {
    const asked = new Map(tasks.slice(from, from + AT_ONCE).flatMap((read) => requestOf(read, source)));
    for (const type of TYPES) found.push(...(await basedOn(source, type, asked)));
  }
  const known = await knownThere(
    sql,
    source.organizationId,
    found.map(({ had }) => had.there),
  );
  return found.filter(({ had: { there, digest, resource } }) => {
    const before = known.get(there);
    return before ? before.digest !== digest : !isMistake(resource);
  });
}

/** The request that a Task there is about, as one place, and as it is said there. */
function requestOf(read: Read, source: Source): [string, Read][] {
  const place = placeOf(read.found.task.focus, source);
  return place === undefined ? [] : [[place, read]];
}

/** Nothing was validated yet: what is no reference leads nowhere. */
function placeOf(said: unknown, source: Source): string | undefined {
  const reference = (said as { reference?: unknown } | null | undefined)?.reference;
  return typeof reference === 'string' ? (addressThere(reference, source) ?? reference) : undefined;
}

async function basedOn(
  source: Source,
  type: (typeof TYPES)[number],
  asked: ReadonlyMap<string, Read>,
): Promise<Unlisted[]> {
  const readOf = (resource: Resource): Read | undefined => {
    const said: unknown = 'basedOn' in resource && resource.resourceType === type ? resource.basedOn : undefined;
    const places = (Array.isArray(said) ? said : []).map((each) => placeOf(each, source));
    return places.map((place) => asked.get(place ?? '')).find((read) => read !== undefined);
  };
  const requests = [...asked.values()].map(({ found }) => inParameter(found.task.focus?.reference ?? ''));
  if (requests.length === 0) return [];
  const query = `${type}?based-on=${requests.join(',')}&_count=50`;
  const isAsked = (resource: Resource): boolean => readOf(resource) !== undefined;
  const answer = await searchThere(source.base, query, source.context, isAsked).catch(unlessAway);
  return (answer?.resources ?? []).flatMap((resource) => {
    const read = readOf(resource);
    const there = `${source.base}/${type}/${resource.id}`;
    return read && resource.id ? [{ ...read, had: { there, resource, digest: digestOf(resource) } }] : [];
  });
}

function isMistake(resource: Resource): boolean {
  return 'status' in resource && resource.status === 'entered-in-error';
}
