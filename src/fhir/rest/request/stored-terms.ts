import type { Resource } from '@medplum/fhirtypes';
import { knownWith } from '../../operations/terminology/asked/stored.ts';
import { allowed } from '../../scopes/allowed.ts';
import type { SearchContext } from '../../search/conditions/context.ts';
import { alternativesOf, splitValue, unescapeValue } from '../../search/conditions/values.ts';
import { matching } from '../../search/matching.ts';
import { expand } from '../../terminology/expand.ts';
import { codesOf } from '../../terminology/expansion.ts';
import type { Known } from '../../terminology/known.ts';
import type { Session } from '../interaction.ts';
import type { Params } from './address.ts';

type Terms = Pick<SearchContext, 'codesIn' | 'codeSystem'>;

/**
 * What a search needs of value sets and code systems that are stored here: those its `:in`, `:not-in`, `:above` and
 * `:below` name. Nothing is read for a search without these.
 * @throws AppError (422) when that is too much
 * @see https://hl7.org/fhir/R4/search.html#modifiers
 */
export async function storedTerms(session: Session, params: Params): Promise<Terms> {
  const valueSets = valuesOf(params, /:(?:not-)?in$/).map(unescapeValue);
  const systems = valuesOf(params, /:(?:above|below)$/).flatMap((value) => {
    const [system = '', code] = splitValue(value, '|').map(unescapeValue);
    return code === undefined ? [] : [system];
  });
  if (valueSets.length + systems.length === 0) return {};
  const local = new Map<string, Resource>();
  for (const value of valueSets) {
    const resource = await readLocal(session, value);
    if (resource) local.set(value, resource);
  }
  const wanted = [
    ...valueSets.filter((each) => !local.has(each)).map((each) => ['ValueSet', each] as const),
    ...systems.map((each) => ['CodeSystem', each] as const),
  ];
  return termsOf(await knownWith(session, wanted, [...local.values()]), local);
}

function valuesOf(params: Params, name: RegExp): string[] {
  return params.flatMap(([each, value]) => (name.test(each) ? alternativesOf(value) : []));
}

function termsOf(known: Known, local: ReadonlyMap<string, Resource>): Terms {
  return {
    codeSystem: known.codeSystem,
    codesIn: (asked) => {
      const named = local.get(asked);
      const valueSet = named?.resourceType === 'ValueSet' ? named : known.valueSet(asked);
      const expansion = valueSet && expand(known, valueSet);
      return expansion && 'members' in expansion ? codesOf(expansion.members) : undefined;
    },
  };
}

/** A value set that is named as a resource of this server, `ValueSet/1`. */
async function readLocal({ store, caller, base }: Session, value: string): Promise<Resource | undefined> {
  const path = value.startsWith(`${base}/`) ? value.slice(base.length + 1) : value;
  const id = /^ValueSet\/([A-Za-z0-9\-.]{1,64})$/.exec(path)?.[1];
  if (id === undefined || allowed(caller, 'r', 'ValueSet') !== 'all') return undefined;
  const [found] = await matching({ sql: store.db, caller, base, now: store.now() }, 'ValueSet', [['_id', id]], 1);
  return found;
}
