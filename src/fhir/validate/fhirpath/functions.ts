import { isObject } from '../walk.ts';
import { bool, type Evaluate, type FhirPathFunction, numeric, type Surroundings, truth } from './evaluate.ts';
import { children, descendants, NOTHING, type Node, type Nodes, step } from './node.ts';
import { resolve } from './resolve.ts';
import { distinct, includes } from './sets.ts';
import { TEXT_FUNCTIONS } from './text-functions.ts';

/** The functions that are compiled. @see http://hl7.org/fhirpath/N1/#functions @see https://hl7.org/fhir/R4/fhirpath.html#functions */
export const FUNCTIONS: Readonly<Record<string, FhirPathFunction>> = {
  ...TEXT_FUNCTIONS,
  empty: (focus) => bool(focus.length === 0),
  exists: (focus, [criteria], _context, around) =>
    bool(criteria ? focus.some((node) => holds(criteria, node, around)) : focus.length > 0),
  not: (focus) => {
    const value = truth(focus);
    return bool(value === undefined ? undefined : !value);
  },
  hasValue: (focus) =>
    bool(focus.length === 1 && focus[0]?.model?.kind === 'primitive' && focus[0].value !== undefined),
  count: (focus) => numeric(focus.length),
  where: (focus, [criteria], _context, around) => focus.filter((node) => criteria && holds(criteria, node, around)),
  select: (focus, [projection], _context, around) => focus.flatMap((node) => projection?.([node], around) ?? []),
  repeat: (focus, [projection], _context, around) => repeated(focus, projection, around),
  all: (focus, [criteria], _context, around) => bool(focus.every((node) => criteria && holds(criteria, node, around))),
  allTrue: (focus) => bool(focus.every(({ value }) => value === true)),
  allFalse: (focus) => bool(focus.every(({ value }) => value === false)),
  anyTrue: (focus) => bool(focus.some(({ value }) => value === true)),
  anyFalse: (focus) => bool(focus.some(({ value }) => value === false)),
  iif: (focus, args, context, around) => chosen(focus, args, context, around),
  distinct,
  isDistinct: (focus) => bool(distinct(focus).length === focus.length),
  first: (focus) => focus.slice(0, 1),
  last: (focus) => focus.slice(-1),
  tail: (focus) => focus.slice(1),
  single: (focus) => (focus.length === 1 ? focus : NOTHING),
  children: (focus) => focus.flatMap(children),
  descendants: (focus) => focus.flatMap(descendants),
  union: (focus, [other], context, around) => distinct([...focus, ...(other?.(context, around) ?? [])]),
  combine: (focus, [other], context, around) => [...focus, ...(other?.(context, around) ?? [])],
  intersect: (focus, [other], context, around) => {
    const rest = other?.(context, around) ?? NOTHING;
    return distinct(focus.filter((node) => includes(rest, node)));
  },
  exclude: (focus, [other], context, around) => {
    const rest = other?.(context, around) ?? NOTHING;
    return focus.filter((node) => !includes(rest, node));
  },
  subsetOf: (focus, [other], context, around) => {
    const rest = other?.(context, around) ?? NOTHING;
    return bool(focus.every((node) => includes(rest, node)));
  },
  trace: (focus) => focus,
  extension: (focus, [url], context, around) => {
    const wanted = url?.(context, around)[0]?.value;
    return focus
      .flatMap((node) => step(node, 'extension'))
      .filter(({ value }) => isObject(value) && value.url === wanted);
  },
  resolve: (focus, _args, _context, around) => focus.flatMap((node) => resolve(node, around)),
  memberOf: (focus, [valueSet], context, around) => {
    const url = valueSet?.(context, around)[0]?.value;
    return bool(focus.length === 0 ? undefined : typeof url !== 'string' || mayBeMember(focus, url, around));
  },
};

function holds(criteria: Evaluate, node: Node, around: Surroundings): boolean {
  return truth(criteria([node], around)) === true;
}

const MOST_REPEATED = 10_000;

function repeated(focus: Nodes, projection: Evaluate | undefined, around: Surroundings): Nodes {
  const found: Node[] = [];
  let level = focus;
  while (level.length > 0 && found.length < MOST_REPEATED) {
    level = level.flatMap((node) => projection?.([node], around) ?? []);
    found.push(...level);
  }
  return found;
}

/** The first argument is evaluated on what `iif` is called on, as R4's own invariants take it. */
function chosen(focus: Nodes, [test, yes, no]: readonly Evaluate[], context: Nodes, around: Surroundings): Nodes {
  const on = focus === context ? context : focus;
  return (truth(test?.(on, around) ?? NOTHING) === true ? yes : no)?.(on, around) ?? NOTHING;
}

/** Where nobody here can tell, it is taken to be one. */
function mayBeMember(focus: Nodes, url: string, { isMember }: Surroundings): boolean {
  return focus.some(({ value }) => {
    if (typeof value === 'string') return isMember(url, { code: value }) !== false;
    if (!isObject(value)) return false;
    const codings = Array.isArray(value.coding) ? (value.coding as unknown[]) : [value];
    return codings.some(
      (coding) =>
        isObject(coding) &&
        typeof coding.code === 'string' &&
        isMember(url, { system: typeof coding.system === 'string' ? coding.system : '', code: coding.code }) !== false,
    );
  });
}
