import type { Resource } from '@medplum/fhirtypes';
import { type Caller, contentFor, visibleTo } from '../caller.ts';
import { isKnownType, storedTypes } from '../definitions.ts';
import { parseLocal } from '../references.ts';
import { tokenKey } from '../store/index/keys.ts';
import { putReference } from '../store/index/tokens.ts';
import type { Stored } from '../store/unit-of-work.ts';
import { canonicalForms, readMeant } from './canonical/include.ts';
import type { Parameter } from './parameters/parameter.ts';
import { followed, readReferring } from './referring.ts';
import type { Inclusion, SearchRequest } from './request/search-request.ts';
import type { Reading } from './resolve.ts';

/** What a page of results brings along. */
export interface Included {
  readonly resources: readonly Stored[];
  /** What was left out and what to do about it, in a sentence; undefined: nothing was. */
  readonly leftOut?: string;
}

/** The most resources that one page brings along. */
const MOST_INCLUDED = 1_000;
/** How many links away from the results. */
const FARTHEST = 10;
/** The most references looked for at once, from the other side. */
const MOST_KEYS = 20_000;

/**
 * The resources that the results of a search refer to, or that refer to them, as asked; each once.
 * @param base the address of this server's FHIR API: references that begin with it lead here
 * @see https://hl7.org/fhir/R4/search.html#include
 */
export async function include(
  reading: Reading,
  request: Pick<SearchRequest, 'includes' | 'revIncludes'>,
  matches: readonly Stored[],
  base: string,
): Promise<Included> {
  const { includes, revIncludes } = request;
  if (includes.length + revIncludes.length === 0 || matches.length === 0) return { resources: [] };
  const seen = new Set(matches.map(nameOf));
  const resources: Stored[] = [];
  let from = matches;
  for (let round = 0; from.length > 0; round += 1) {
    // What was brought along brings along more only by the parameters that iterate.
    const applies = ({ iterate }: Inclusion): boolean => round === 0 || iterate;
    const room = MOST_INCLUDED - resources.length;
    const wanted = referencesFrom(from, includes.filter(applies), base).filter((name) => !seen.has(name));
    const referred = [
      ...(await readAll(reading, wanted.slice(0, room + 1))),
      ...(await readMeant(reading, from, includes.filter(applies), room + 1 + seen.size)),
    ];
    const keys = keysTo(from, revIncludes.filter(applies), base);
    const referring = await readReferring(reading, keys.slice(0, MOST_KEYS), room + 1 + matches.length);
    const added = [...referred, ...referring].filter((each) => !seen.has(nameOf(each)) && seen.add(nameOf(each)));
    if (round === FARTHEST && added.length > 0) return { resources, leftOut: TOO_FAR };
    resources.push(...added.slice(0, room));
    if (added.length > room || keys.length > MOST_KEYS) return { resources, leftOut: TOO_MANY };
    from = added;
  }
  return { resources };
}

const TOO_MANY = `More than ${MOST_INCLUDED} resources would be brought along; the others were left out. Ask for smaller pages with _count.`;
const TOO_FAR = `What is more than ${FARTHEST} links away from the results was left out. Search for what was brought along last, to go on from there.`;

function nameOf({ resourceType, id }: Pick<Stored, 'resourceType' | 'id'>): string {
  return `${resourceType}/${id}`;
}

/** The local references of some resources, as `Type/id`, each once, in the order in which they are met. */
function referencesFrom(resources: readonly Stored[], inclusions: readonly Inclusion[], base: string): string[] {
  const names = new Set<string>();
  for (const inclusion of inclusions) {
    for (const resource of resources) {
      if (inclusion.source !== undefined && inclusion.source !== resource.resourceType) continue;
      for (const parameter of followed(resource.resourceType, inclusion)) {
        for (const name of referencesBy(resource, parameter, base)) {
          const type = name.slice(0, name.indexOf('/'));
          if (parameter.targets.includes(type) && (inclusion.target ?? type) === type) names.add(name);
        }
      }
    }
  }
  return [...names];
}

function referencesBy(resource: Resource, parameter: Parameter, base: string): string[] {
  const names: string[] = [];
  for (const found of parameter.find({ type: resource.resourceType, value: resource })) {
    putReference(found, (form) => {
      const local = parseLocal(form.startsWith(`${base}/`) ? form.slice(base.length + 1) : form);
      if (local && isKnownType(local.type)) names.push(`${local.type}/${local.id}`);
    });
  }
  return names;
}

async function readAll({ sql, caller }: Reading, names: readonly string[]): Promise<Stored[]> {
  if (names.length === 0) return [];
  const types = names.map((name) => name.slice(0, name.indexOf('/')));
  const ids = names.map((name) => name.slice(name.indexOf('/') + 1));
  const rows = await sql.query<{ content: Stored }>(REFERRED_SQL(caller), [types, ids]);
  return rows.map(({ content }) => content);
}

/** Resources by their types and ids, in this order. */
export const REFERRED_SQL = (caller: Caller): string => `
  SELECT ${contentFor(caller)} AS content FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted(type, id, at) JOIN resource USING (type, id)
  WHERE NOT deleted AND ${visibleTo(caller)} ORDER BY at`;

/** The keys under which resources that refer to these stand in the index. */
function keysTo(resources: readonly Stored[], inclusions: readonly Inclusion[], base: string): string[] {
  const keys = new Set<string>();
  for (const inclusion of inclusions) {
    for (const source of inclusion.source === undefined ? storedTypes() : [inclusion.source]) {
      for (const parameter of followed(source, inclusion)) {
        for (const resource of resources) {
          const { resourceType: type } = resource;
          if (!parameter.targets.includes(type) || (inclusion.target ?? type) !== type) continue;
          for (const key of parameter.keys) {
            for (const form of canonicalForms(parameter, resource)) keys.add(tokenKey(source, key, form));
            keys.add(`${source}.${key}=${nameOf(resource)}`).add(`${source}.${key}=${base}/${nameOf(resource)}`);
          }
        }
      }
    }
  }
  return [...keys];
}
