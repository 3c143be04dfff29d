import type {
  ValueSet,
  ValueSetComposeInclude,
  ValueSetComposeIncludeConceptDesignation,
  ValueSetExpansionContains,
} from '@medplum/fhirtypes';
import { isAbstract, isInactive, type KnownCodeSystem, type KnownConcept } from './code-system.ts';
import { filterTest } from './filter.ts';
import { type Known, urlOf } from './known.ts';

/** A code of a value set. */
export interface Member {
  readonly system: string;
  readonly code: string;
  readonly display?: string | undefined;
  readonly designation?: readonly ValueSetComposeIncludeConceptDesignation[] | undefined;
  readonly inactive?: boolean;
  readonly abstract?: boolean;
}

/** Codes by their code system. */
export type Members = ReadonlyMap<string, ReadonlyMap<string, Member>>;

/** The codes of a value set, or why they cannot be listed (the end of a sentence, and the address it speaks of). */
export type Expansion = { readonly members: Members } | { readonly why: string; readonly at?: string };

/** What a value set is listed among. */
interface Listing {
  readonly known: Known;
  /** The value sets that are being listed: none may import itself. */
  readonly within: readonly string[];
  /** Those that were listed: many may import the same, which import others, and each is listed once. */
  readonly done: Map<ValueSet, Expansion>;
}

/**
 * Lists the codes of a value set: what its includes have together, without what its excludes have. Pure.
 * @see https://hl7.org/fhir/R4/valueset.html#composition
 */
export function expand(known: Known, valueSet: ValueSet): Expansion {
  return list({ known, within: [], done: new Map() }, valueSet);
}

function list(listing: Listing, valueSet: ValueSet): Expansion {
  const { within, done } = listing;
  const { url } = valueSet;
  if (url !== undefined && within.includes(url)) return { why: 'it imports itself', at: url };
  const found =
    done.get(valueSet) ?? composedOrListed({ ...listing, within: url ? [...within, url] : within }, valueSet);
  done.set(valueSet, found);
  return found;
}

function composedOrListed(listing: Listing, { url, compose, expansion }: ValueSet): Expansion {
  const composed: Expansion = compose?.include?.length
    ? composition(listing, compose)
    : { why: 'it does not say what it is composed of', ...(url ? { at: url } : {}) };
  if ('members' in composed || !expansion?.contains) return composed;
  return listed(expansion) ?? composed;
}

function composition(listing: Listing, compose: NonNullable<ValueSet['compose']>): Expansion {
  const included = each(compose.include ?? [], (include) => selection(listing, include));
  if (!Array.isArray(included)) return included;
  const excluded = each(compose.exclude ?? [], (exclude) => selection(listing, exclude));
  if (!Array.isArray(excluded)) return excluded;
  const members = without(union(included), excluded);
  return { members: compose.inactive === false ? only(members, (member) => !member.inactive) : members };
}

/** The selections of all, or the first that cannot be listed. */
function each(
  includes: readonly ValueSetComposeInclude[],
  select: (include: ValueSetComposeInclude) => Expansion,
): Members[] | Exclude<Expansion, { members: Members }> {
  const all: Members[] = [];
  for (const include of withoutRepeats(includes)) {
    const selected = select(include);
    if (!('members' in selected)) return selected;
    all.push(selected.members);
  }
  return all;
}

/** What is included twice is included. */
export function withoutRepeats(includes: readonly ValueSetComposeInclude[]): ValueSetComposeInclude[] {
  return [...new Map(includes.map((include) => [JSON.stringify(include), include])).values()];
}

/** What one include selects: the codes its system part and each value set it names have in common. */
function selection(listing: Listing, include: ValueSetComposeInclude): Expansion {
  const { system, valueSet: imports = [] } = include;
  const parts = system === undefined ? [] : [ofSystem(listing.known, include, system)];
  for (const canonical of new Set(imports)) parts.push(imported(listing, canonical));
  const [first, ...others] = parts;
  if (!first) return { why: 'one of its includes names neither a system nor a value set' };
  let common = first;
  for (const other of others) {
    if (!('members' in common)) return common;
    if (!('members' in other)) return other;
    const { members } = other;
    common = { members: only(common.members, ({ system: of, code }) => members.get(of)?.has(code) ?? false) };
  }
  return common;
}

function imported(listing: Listing, canonical: string): Expansion {
  const found = listing.known.valueSet(canonical);
  return found ? list(listing, found) : { why: 'a value set it imports is not known here', at: canonical };
}

/** The canonical address of a code system; some write its version into the address itself. */
export function versioned(system: string, version: string | undefined): string {
  return version ? `${urlOf(system)}|${version}` : system;
}

/** The codes an include selects of its system. */
function ofSystem(known: Known, include: ValueSetComposeInclude, said: string): Expansion {
  const content = known.codeSystem(versioned(said, include.version));
  const system = urlOf(said);
  if (include.concept) {
    const named = include.concept.filter(({ code }) => code !== undefined);
    return asMembers(
      system,
      named.map(({ code, display, designation }) => {
        const defined = content?.concepts.get(code ?? '');
        // Its own words come first; those of the code system are as true.
        const words = [...(designation ?? []), ...(defined?.designation ?? [])];
        return { ...defined, code: code ?? '', display: display ?? defined?.display, designation: words };
      }),
    );
  }
  if (!content?.complete) return { why: 'not every code of a code system it draws on is known here', at: system };
  const chosen = chosenBy(content, include.filter ?? []);
  return chosen ? asMembers(system, chosen) : { why: 'it selects codes by a filter that is not served', at: system };
}

/** The concepts that pass all filters; undefined when one of them cannot be applied. */
export function chosenBy(
  content: KnownCodeSystem,
  filters: NonNullable<ValueSetComposeInclude['filter']>,
): KnownConcept[] | undefined {
  let chosen = [...content.concepts.values()];
  for (const filter of filters) {
    const test = filterTest(content, filter);
    if (!test) return undefined;
    chosen = chosen.filter(test);
  }
  return chosen;
}

type Named = Pick<KnownConcept, 'code' | 'property'> & {
  readonly display?: string | undefined;
  readonly designation?: Member['designation'];
};

function asMembers(system: string, concepts: readonly Named[]): Expansion {
  const members = concepts.map((concept): [string, Member] => {
    const { code, display, designation } = concept;
    const marks = { inactive: isInactive(concept), abstract: isAbstract(concept) };
    return [code, { system, code, display, designation, ...marks }];
  });
  return { members: new Map([[system, new Map(members)]]) };
}

/** The codes a value set lists itself; undefined when its list is only a part. */
function listed({ contains = [], total, offset }: NonNullable<ValueSet['expansion']>): Expansion | undefined {
  const members = new Map<string, Map<string, Member>>();
  const waiting: ValueSetExpansionContains[] = contains.toReversed();
  let count = 0;
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    count += 1;
    waiting.push(...(next.contains ?? []).toReversed());
    const { system, code, display, designation, inactive = false, abstract = false } = next;
    if (!system || !code) continue;
    const ofThis = members.get(system) ?? new Map<string, Member>();
    if (!ofThis.has(code)) ofThis.set(code, { system, code, display, designation, inactive, abstract });
    members.set(system, ofThis);
  }
  return offset || (total !== undefined && total > count) ? undefined : { members };
}

function union(all: readonly Members[]): Members {
  const together = new Map<string, Map<string, Member>>();
  for (const members of all) {
    for (const [system, codes] of members) {
      const known = together.get(system) ?? new Map<string, Member>();
      for (const [code, member] of codes) if (!known.has(code)) known.set(code, member);
      together.set(system, known);
    }
  }
  return together;
}

function without(members: Members, excluded: readonly Members[]): Members {
  return only(members, ({ system, code }) => !excluded.some((each) => each.get(system)?.has(code)));
}

function only(members: Members, keep: (member: Member) => boolean): Members {
  const kept = [...members].map(([system, codes]): [string, Map<string, Member>] => [
    system,
    new Map([...codes].filter(([, member]) => keep(member))),
  ]);
  return new Map(kept.filter(([, codes]) => codes.size > 0));
}
