import { isKnownType } from '../../definitions.ts';
import { tokenKey } from '../../store/index/keys.ts';
import { refuseApart } from '../apart.ts';
import { canonicalNames, isCanonical } from '../canonical/canonical.ts';
import { allOf, anyOf, type Condition } from '../conditions/condition.ts';
import type { SearchContext, TypedParameter, Use } from '../conditions/context.ts';
import { refused } from '../conditions/refusal.ts';
import { type Parameter, parameterAt, parametersOf } from '../parameters/parameter.ts';
import { type FilterName, parseFilterName } from './filter-name.ts';
import { onlyIdentified, onlyShown, systemsNamed } from './only-shown.ts';
import { ownReader } from './own-parameters.ts';
import { compositesOf, readComposite } from './read-composite.ts';
import { requireTarget } from './read-reference.ts';
import { presence, readMissing, readSimple } from './read-simple.ts';

/** A parameter of a search as it was sent. `values` are its alternatives, still escaped. */
export interface Filter {
  /** The whole name, for what errors say. */
  readonly name: string;
  readonly values: readonly string[];
}

/** A statement that leads over so many references is still planned in a few hundredths of a second. */
export const DEEPEST = 32;

/** A chain that does not say its types branches at each reference: so many links are looked up in less than a second. */
export const MOST_LINKS = 1_000;

/** How far a parameter leads. */
interface Reach {
  readonly depth: number;
  /** Of the whole parameter, on all its branches. */
  readonly links: { count: number };
}

/** One reference further. @throws AppError (400) when that is too far */
function further(name: string, { depth, links }: Reach): Reach {
  links.count += 1;
  if (depth + 1 > DEEPEST) throw refused(name, `It leads over more than ${DEEPEST} references.`);
  if (links.count <= MOST_LINKS) return { depth: depth + 1, links };
  const text = `It can lead over more than ${MOST_LINKS} links. Say the type of what each reference leads to, e.g. subject:Patient.name.`;
  throw refused(name, text);
}

/**
 * What one parameter of a search asks for.
 * @param types the types searched: parameters that all of them have can be used
 * @returns undefined when these types have no such parameter
 * @throws AppError (400) when they have, and it cannot be used so
 */
export function readFilter(
  context: SearchContext,
  types: readonly string[],
  filter: Filter,
  name = filter.name,
  reach: Reach = { depth: 0, links: { count: 0 } },
): Condition | undefined {
  const parsed = parseFilterName(name);
  if (parsed?.kind === 'has') return readHas(context, types, filter, parsed, reach);
  if (parsed?.kind === 'chain') return readChain(context, types, filter, parsed, reach);
  return parsed && readPlain(context, types, filter, parsed);
}

function readPlain(
  context: SearchContext,
  types: readonly string[],
  filter: Filter,
  { code, modifier }: Extract<FilterName, { kind: 'plain' }>,
): Condition | undefined {
  const own = ownReader(code);
  if (own) return own({ ...filter, context, modifier, types });
  const parameters = parametersNamed(types, code);
  const [first] = parameters;
  if (!first || parameters.length < types.length) return undefined;
  const systems = code === 'identifier' ? systemsNamed(modifier, filter.values) : [];
  const found = readParameters({ context, name: filter.name, modifier, parameters, values: filter.values }, first);
  const seen = onlyShown(found, parameters, systems);
  return modifier === 'identifier' ? onlyIdentified(seen, parameters, filter.values) : seen;
}

function readParameters(use: Use, first: TypedParameter): Condition {
  const { name, modifier, parameters, values } = use;
  const isComposite = first.parameter.type === 'composite';
  if (modifier === 'missing') {
    return readMissing(
      name,
      values,
      isComposite ? anyOf(parameters.map((each) => compositePresence(use, each))) : presence(use),
    );
  }
  return isComposite ? anyOf(parameters.map((each) => readComposite(use, each))) : readSimple(use);
}

function parametersNamed(types: readonly string[], code: string): TypedParameter[] {
  const all = types.flatMap((type) => {
    const parameter = parametersOf(type).get(code);
    return parameter ? [{ type, parameter }] : [];
  });
  return all.filter(({ parameter }) => parameter.type === all[0]?.parameter.type);
}

function compositePresence(use: Use, { type, parameter }: TypedParameter): Condition {
  const each = compositesOf(type, parameter).map(({ isWhole, components, parameter: { code } }): Condition => {
    if (!isWhole) return { kind: 'anyKey', prefixes: [tokenKey(type, code, '')] };
    const parts = components.flatMap(({ definition }) => parameterAt(type, definition) ?? []);
    return allOf(parts.map((part) => presence({ ...use, parameters: [{ type, parameter: part }] })));
  });
  return anyOf(each);
}

/** More types than these must be told apart by the caller: each is a search of its own. */
const MOST_TARGETS = 12;

function readChain(
  context: SearchContext,
  types: readonly string[],
  filter: Filter,
  { code, type, rest }: Extract<FilterName, { kind: 'chain' }>,
  reach: Reach,
): Condition | undefined {
  const [source, ...others] = types;
  const parameter = source && others.length === 0 ? parametersOf(source).get(code) : undefined;
  if (!source || parameter?.type !== 'reference') return undefined;
  refuseInside(filter.name, parameter);
  if (type !== undefined) {
    if (!isKnownType(type)) throw refused(filter.name, 'After the colon stands no R4 resource type.');
    requireTarget(filter.name, parameter, type);
    refuseApart(type);
  }
  const targets = type === undefined ? parameter.targets : [type];
  const known = targets.filter((target) => isKnown(target, rest));
  if (type === undefined && known.length > MOST_TARGETS) {
    const text = `It can lead to ${known.length} types of resources. Say which, e.g. ${code}:${known[0]}.${rest.split(/[.:]/)[0]}.`;
    throw refused(filter.name, text);
  }
  const links = known.flatMap((target): Condition[] => {
    const where = readFilter(context, [target], filter, rest, further(filter.name, reach));
    if (!where) return [];
    return linksBy(source, parameter, target).map((link) => ({ kind: 'chain', ...link, target, where }));
  });
  return links.length > 0 ? onlyShown(anyOf(links), [{ type: source, parameter }]) : undefined;
}

/** The first entry of a Bundle stands in it, and is in no index of its own: a chain to it would find nothing. */
function refuseInside(name: string, { values }: Parameter): void {
  if (!values.has('Resource')) return;
  throw refused(
    name,
    'What stands in a Bundle is not searched by what it says. Search Bundles by identifier or timestamp.',
  );
}

function isKnown(type: string, rest: string): boolean {
  const parsed = parseFilterName(rest);
  if (!parsed) return false;
  return parsed.kind === 'has' || ownReader(parsed.code) !== undefined || parametersOf(type).has(parsed.code);
}

function readHas(
  context: SearchContext,
  types: readonly string[],
  filter: Filter,
  { source, reference, rest }: Extract<FilterName, { kind: 'has' }>,
  reach: Reach,
): Condition {
  const [target, ...others] = types;
  if (!target || others.length > 0) throw refused(filter.name, 'Search one type by it, e.g. Patient?_has:…');
  if (!isKnownType(source)) throw refused(filter.name, 'After _has: stands no R4 resource type.');
  refuseApart(source);
  const parameter = parametersOf(source).get(reference);
  if (parameter?.type !== 'reference') {
    throw refused(filter.name, `${source} has no such reference parameter. Write _has:Type:reference:parameter.`);
  }
  requireTarget(filter.name, parameter, target);
  const asked = readFilter(context, [source], filter, rest, further(filter.name, reach));
  if (!asked) throw refused(filter.name, `${source} has no search parameter as its last part names.`);
  const where = onlyShown(asked, [{ type: source, parameter }]);
  return anyOf(linksBy(source, parameter, target).map((link) => ({ kind: 'has', ...link, target, source, where })));
}

/** How resources of a type refer to those of another by a parameter: by `Type/id`, by canonical address, or by either. */
function linksBy(source: string, parameter: Parameter, target: string): Link[] {
  const names = isCanonical(parameter) ? canonicalNames(target) : undefined;
  const begin = (form: string): string[] => parameter.keys.map((key) => tokenKey(source, key, form));
  const local = { prefixes: begin(`${target}/`) };
  return names ? [local, { prefixes: begin(''), canonical: names }] : [local];
}

type Link = Pick<Extract<Condition, { kind: 'chain' }>, 'prefixes' | 'canonical'>;
