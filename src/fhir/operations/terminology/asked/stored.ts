import type { CodeSystem, ConceptMap, Resource, ValueSet } from '@medplum/fhirtypes';
import { AppError } from '../../../../errors.ts';
import type { Caller } from '../../../caller.ts';
import { allowed } from '../../../scopes/allowed.ts';
import { matching } from '../../../search/matching.ts';
import type { Store } from '../../../store/transact.ts';
import { versioned } from '../../../terminology/expand.ts';
import { published } from '../../../terminology/expansion.ts';
import { type Known, knownOf } from '../../../terminology/known.ts';

/** Who asks, and where what is stored is found. */
export interface Asking {
  readonly store: Store;
  readonly caller: Caller;
}

type Wanted = readonly ['ValueSet' | 'CodeSystem', canonical: string];

const MOST_LOOKUPS = 50;

/**
 * The terminology that comes with the server, and of what is stored here all that is needed: what value sets import and
 * draw on, at any depth. What comes with the server goes before what somebody stored under its address.
 * @throws AppError (422) when it is too much
 */
export async function knownWith(
  asking: Asking,
  wanted: readonly Wanted[],
  given: readonly Resource[] = [],
): Promise<Known> {
  const all = published.known();
  const found: Resource[] = [...given];
  const seen = new Set<string>();
  const waiting: Wanted[] = [...wanted, ...given.flatMap(needsOf)];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [type, canonical] = next;
    const key = `${type} ${canonical}`;
    if (seen.has(key) || isPublished(all, next)) continue;
    seen.add(key);
    if (seen.size > MOST_LOOKUPS) throw tooMuch();
    const resource = await stored(asking, type, canonical);
    if (!resource) continue;
    found.push(resource);
    waiting.push(...needsOf(resource));
  }
  return knownOf(found, all);
}

function isPublished(known: Known, [type, canonical]: Wanted): boolean {
  return (type === 'ValueSet' ? known.valueSet(canonical) : known.codeSystem(canonical)) !== undefined;
}

function needsOf(resource: Resource): Wanted[] {
  if (resource.resourceType !== 'ValueSet') return [];
  const { include = [], exclude = [] } = resource.compose ?? { include: [] };
  return [...include, ...exclude].flatMap(({ system, version, valueSet = [] }): Wanted[] => [
    ...(system ? [['CodeSystem', versioned(system, version)] as const] : []),
    ...valueSet.map((canonical) => ['ValueSet', canonical] as const),
  ]);
}

const MOST_VERSIONS = 20;

/** The resource stored under a canonical address, if the caller may see it: of its version, or the one changed last. */
export async function stored<Type extends 'ValueSet' | 'CodeSystem' | 'ConceptMap'>(
  { store, caller }: Asking,
  type: Type,
  canonical: string,
): Promise<Extract<ValueSet | CodeSystem | ConceptMap, { resourceType: Type }> | undefined> {
  const [url = '', version] = canonical.split('|');
  if (url === '' || allowed(caller, 'r', type) !== 'all') return undefined;
  const escaped = url.replace(/[\\,$|]/g, '\\$&');
  // A canonical address is looked for as it is: no base is its own.
  const searching = { sql: store.db, caller, base: '', now: store.now() };
  const found = await matching(searching, type, [['url', escaped]], MOST_VERSIONS);
  type Wanted = Extract<ValueSet | CodeSystem | ConceptMap, { resourceType: Type }>;
  const candidates = (found as Resource[] as Wanted[]).filter((each) => each.url === url);
  return version === undefined ? candidates[0] : candidates.find((each) => each.version === version);
}

function tooMuch(): AppError {
  const text = 'It draws on more value sets and code systems than are looked up for one question. Ask about a part.';
  return new AppError('unprocessable', 'terminology.too-costly', text, { issues: [{ text, code: 'too-costly' }] });
}
