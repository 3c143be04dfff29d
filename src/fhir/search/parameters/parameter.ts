import type { SearchParameter } from '@medplum/fhirtypes';
import { isKnownType, searchParametersOf, storedTypes } from '../../definitions.ts';
import { compileOther, compilePaths, type Find } from './compile.ts';
import { type Path, parsePaths, type Step } from './path.ts';
import { valuePlaces } from './value-places.ts';

export type ParameterType =
  | 'token'
  | 'reference'
  | 'string'
  | 'date'
  | 'number'
  | 'quantity'
  | 'uri'
  | 'composite'
  | 'special';

/** A search parameter of one resource type, ready to be evaluated. */
export interface Parameter {
  readonly code: string;
  readonly type: ParameterType;
  readonly definition: SearchParameter;
  /** The names its values stand under in the index: its own, or those of parameters that together find the same. */
  readonly keys: readonly string[];
  /** The types a reference may lead to. */
  readonly targets: readonly string[];
  /** The one type of reference it means, where its keys hold others too (`patient` among all subjects). */
  readonly only: string | undefined;
  /** All values, of other types of references too. */
  readonly find: Find;
  /** The FHIR types its values can have. */
  readonly values: ReadonlySet<string>;
  /** The value set that the element of its values is bound to. */
  readonly valueSet: string | undefined;
}

interface Parsed {
  readonly definition: SearchParameter;
  readonly paths: readonly Path[] | undefined;
  readonly only: string | undefined;
  /** What it finds, for comparing: each of its alternatives in a fixed spelling. */
  readonly finds: ReadonlySet<string>;
}

const known = new Map<string, ReadonlyMap<string, Parameter>>();

/** The search parameters of a type, by their codes. @see https://hl7.org/fhir/R4/searchparameter-registry.html */
export function parametersOf(type: string): ReadonlyMap<string, Parameter> {
  const parameters = known.get(type);
  if (parameters) return parameters;
  const read = readParameters(type);
  known.set(type, read);
  return read;
}

/** A parameter of a type by the address of its definition. */
export function parameterAt(type: string, url: string): Parameter | undefined {
  return [...parametersOf(type).values()].find(({ definition }) => definition.url === url);
}

/** What stands in columns of its own. */
const LEFT_OUT: ReadonlySet<string> = new Set(['_id', '_lastUpdated']);

function readParameters(type: string): ReadonlyMap<string, Parameter> {
  const definitions = searchParametersOf(type).filter(
    ({ code, expression }) => expression && !code.includes(':') && !LEFT_OUT.has(code),
  );
  const parsed = definitions.map((definition) => parse(type, definition));
  return new Map(parsed.map((each) => [each.definition.code, toParameter(type, each, keysOf(each, parsed))]));
}

function parse(type: string, definition: SearchParameter): Parsed {
  const expression = definition.expression as string;
  const paths = parsePaths(expression)?.filter(({ base }) => base === undefined || isBaseOf(base, type));
  if (!paths) return { definition, paths, only: undefined, finds: new Set([expression]) };
  const resolved = paths.map(({ steps }) => (steps.at(-1)?.kind === 'resolves' ? steps.at(-1) : undefined));
  const [first] = resolved;
  // Where all alternatives ask for the same type of reference, the key holds the others too, and the search leaves them out.
  const shared = first?.kind === 'resolves' && resolved.every((step) => sameStep(step, first));
  const stripped = shared ? paths.map(({ base, steps }) => ({ base, steps: steps.slice(0, -1) })) : paths;
  return {
    definition,
    paths: stripped,
    only: shared ? first.type : undefined,
    finds: new Set(stripped.map(({ steps }) => JSON.stringify([steps, ...componentsOf(definition)]))),
  };
}

function componentsOf({ component = [] }: SearchParameter): string[] {
  return component.map(({ expression }) => expression);
}

function sameStep(one: Step | undefined, other: Step): boolean {
  return one?.kind === 'resolves' && other.kind === 'resolves' && one.type === other.type;
}

function isBaseOf(base: string, type: string): boolean {
  return base === type || base === 'Resource' || (base === 'DomainResource' && isKnownType(type));
}

/** Itself; or the first of those that find the same, or those that find parts of it, where they together find all. */
function keysOf(parsed: Parsed, all: readonly Parsed[]): readonly string[] {
  const { definition, finds } = parsed;
  const alike = all.filter((other) => other.definition.type === definition.type && other.finds.isSubsetOf(finds));
  const parts = alike.filter((other) => other.finds.size < finds.size);
  const covered = new Set(parts.flatMap((part) => [...part.finds]));
  if (finds.isSubsetOf(covered)) return [...new Set(parts.flatMap((part) => keysOf(part, all)))];
  const same = alike.filter((other) => other.finds.size === finds.size);
  // One that means all of them before one that means one type of reference.
  return [(same.find(({ only }) => only === undefined) ?? same[0] ?? parsed).definition.code];
}

function toParameter(type: string, { definition, paths, only }: Parsed, keys: readonly string[]): Parameter {
  const places = paths && valuePlaces(type, paths);
  const targets = only ? [only] : ((definition.target ?? storedTypes()) as readonly string[]);
  return {
    code: definition.code,
    type: definition.type as ParameterType,
    definition,
    keys,
    targets,
    only,
    find: paths ? compilePaths(paths) : compileOther(definition.expression as string),
    values: new Set(places ? places.map((place) => place.type) : ['boolean']),
    valueSet: places?.[0]?.rules?.binding?.valueSet,
  };
}
