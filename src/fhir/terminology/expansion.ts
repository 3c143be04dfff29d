import type { CodeSystem, Resource, ValueSet } from '@medplum/fhirtypes';
import type { KnownCodeSystem } from './code-system.ts';
import { type Expansion, expand } from './expand.ts';
import { type Known, knownOf, urlOf } from './known.ts';
import { type Asked, isIn, type Verdict } from './member.ts';
import { publishedTerminology, readFolder } from './published.ts';
import { hasForm, systemOf } from './syntax.ts';

/** Codes of a value set by their code systems. */
export type Codes = ReadonlyMap<string, ReadonlySet<string>>;

/** What can be asked about codes. Nothing is read before the first question. */
export interface Terminology {
  readonly known: () => Known;
  readonly expandedCodes: (valueSetUrl: string) => Codes | undefined;
  readonly isMember: (valueSetUrl: string, asked: Asked) => Verdict;
  readonly whyUnlisted: (valueSetUrl: string) => string;
  readonly add: (resources: Iterable<Resource>) => void;
}

/** @param read the resources it knows from the beginning, read at the first question */
export function createTerminology(read: () => Iterable<Resource>): Terminology {
  let base: Known | undefined;
  let known: Known | undefined;
  const added: Resource[] = [];
  const remembered = new Map<string, Codes | undefined>();
  const all = (): Known => {
    base ??= knownOf(read());
    known ??= knownOf(added, base);
    return known;
  };
  const expandedCodes = (url: string): Codes | undefined => {
    if (remembered.has(url)) return remembered.get(url);
    const valueSet = all().valueSet(url);
    // What is not known is not remembered either: addresses come from outside, without number.
    if (!valueSet) return undefined;
    const expansion = expand(all(), valueSet);
    const codes = 'members' in expansion ? codesOf(expansion.members) : undefined;
    remembered.set(url, codes);
    return codes;
  };
  return {
    known: all,
    expandedCodes,
    isMember: (url, asked) => {
      const codes = expandedCodes(url);
      if (codes) return has(codes, asked);
      const valueSet = all().valueSet(url);
      const whole = valueSet ? wholeSystem(valueSet) : systemOf(urlOf(url));
      if (whole !== undefined) return (asked.system ?? whole) === whole && hasForm(whole, asked.code);
      return valueSet && isIn(all(), valueSet, asked);
    },
    whyUnlisted: (url) => {
      const valueSet = all().valueSet(url);
      const expansion: Expansion = valueSet ? expand(all(), valueSet) : { why: 'this value set is not known here' };
      if ('members' in expansion) return '';
      return expansion.at === undefined ? expansion.why : `${expansion.why} (${expansion.at})`;
    },
    add: (resources) => {
      added.push(...resources);
      known = undefined;
      remembered.clear();
    },
  };
}

/** The codes of an expansion, by code system. Pure. */
export function codesOf(members: ReadonlyMap<string, ReadonlyMap<string, unknown>>): Codes {
  return new Map([...members].map(([system, codes]) => [system, new Set(codes.keys())]));
}

/** The system with a grammar of which a value set is all, as that of languages: there is nothing to look up. */
function wholeSystem({ compose }: ValueSet): string | undefined {
  const [only, ...others] = compose?.include ?? [];
  const { system, concept, filter, valueSet } = only ?? {};
  const isPlain = others.length === 0 && !compose?.exclude && !concept && !filter && !valueSet;
  return isPlain && system !== undefined && hasForm(system, '') !== undefined ? system : undefined;
}

function has(codes: Codes, { system, code }: Asked): boolean {
  if (system !== undefined) return codes.get(system)?.has(code) ?? false;
  for (const ofSystem of codes.values()) if (ofSystem.has(code)) return true;
  return false;
}

/** The terminology that comes with the server: the same for every caller, and read once per process. */
export const published: Terminology = createTerminology(publishedTerminology);

/**
 * The codes of a value set that comes with the server, by code system.
 * @param valueSetUrl its canonical address, with or without `|version`
 * @returns undefined when it is not known, or cannot be listed here (SNOMED CT, LOINC, UCUM …): nobody may be refused
 * for it; ask `isMember`
 * @see https://hl7.org/fhir/R4/valueset.html#expansion
 */
export function expandedCodes(valueSetUrl: string): Codes | undefined {
  return published.expandedCodes(valueSetUrl);
}

/**
 * Whether a code belongs to a value set that comes with the server. Media types, languages, UCUM units and URIs are
 * checked by their form.
 * @param asked without `system` for elements of type `code`
 * @returns undefined when that cannot be told here
 */
export function isMember(valueSetUrl: string, asked: Asked): Verdict {
  return published.isMember(valueSetUrl, asked);
}

/** A code system that comes with the server. @param canonical its address, with or without `|version` */
export function publishedCodeSystem(canonical: string): KnownCodeSystem | undefined {
  return published.known().codeSystem(canonical);
}

/**
 * Why the codes of a value set cannot be listed here: the end of a sentence ("… because …"), with the address it
 * speaks of. What `isMember` cannot tell, it cannot tell for this reason.
 */
export function whyUnlisted(valueSetUrl: string): string {
  return published.whyUnlisted(valueSetUrl);
}

/** The code systems a value set takes codes from, as it names them itself; what it imports is left out. */
export function systemsIn(valueSetUrl: string): string[] {
  const include = published.known().valueSet(valueSetUrl)?.compose?.include ?? [];
  return [...new Set(include.flatMap(({ system }) => (system === undefined ? [] : [urlOf(system)])))];
}

/** Adds the value sets and code systems in a folder of JSON files, e.g. an implementation guide. */
export function loadTerminology(folder: string): void {
  published.add(readFolder(folder));
}

/** Adds one that is not part of R4, e.g. of an implementation guide. */
export function addTerminology(resource: ValueSet | CodeSystem): void {
  published.add([resource]);
}
