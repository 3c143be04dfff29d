import type { Node } from '../fhirpath/node.ts';
import { fault, type Walk } from '../walk.ts';
import { compileDiscriminators, type Match } from './discriminators.ts';
import { atValue, type Compiler, type ListCheck, type ProfileCheck, tooFew, tooMany } from './profile-check.ts';
import { tellSlice } from './tell-slice.ts';
import type { ProfileNode } from './tree.ts';

interface Slice {
  readonly name: string;
  /** A sentence that says what is in it, where that can be said. */
  readonly told: string;
  readonly min: number;
  readonly max: number;
  readonly match: Match;
  readonly check: ProfileCheck | undefined;
  /** Of slices within the slice. */
  readonly inner: ListCheck | undefined;
}

/** The values that fell into a slice for sure, and how many there are with those that may be in it. */
interface Tally {
  possible: number;
  readonly members: Node[];
}

/**
 * Compiles the slices of an element: each value is put into the first slice whose discriminators it meets.
 * @returns undefined when it has none
 * @see https://hl7.org/fhir/R4/profiling.html#slicing
 */
export function compileSlicing(name: string, node: ProfileNode, compiler: Compiler): ListCheck | undefined {
  if (node.slices.length === 0) return undefined;
  const slices = node.slices.map((slice) => compileSlice(name, node, slice, compiler));
  return (owner, found, walk) => {
    const tally = slices.map((): Tally => ({ possible: 0, members: [] }));
    const order: Order = { slicing: node.rules.slicing, last: 0, isPastEnd: false };
    found.forEach((value, at) => {
      const [index, isSure] = sliceOf(value, slices, walk);
      const slice = slices[index];
      atValue(owner, name, value, at, walk, () => {
        checkOrder(order, slice && index, walk);
        if (isSure) slice?.check?.(value, walk);
      });
      const kept = tally[index];
      if (kept) kept.possible += 1;
      if (isSure) kept?.members.push(value);
    });
    for (const [at, slice] of slices.entries()) checkSlice(owner, name, slice, tally[at] as Tally, walk);
  };
}

const ORDER = 'The profile asks for another order here. Put this before the others.';
const CLOSED = 'The profile lets nothing stand here but what it names. Leave this out.';

function compileSlice(name: string, sliced: ProfileNode, node: ProfileNode, compiler: Compiler): Slice {
  const { rules } = node;
  return {
    name: `${name}:${rules.sliceName ?? ''}`,
    told: tellSlice(sliced, node),
    min: rules.min,
    max: rules.max,
    match: compileDiscriminators(sliced, node, compiler),
    check: compiler.content(node),
    inner: compileSlicing(name, node, compiler),
  };
}

/** Which slice a value is in, and whether that is sure. */
function sliceOf(value: Node, slices: readonly Slice[], walk: Walk): readonly [at: number, isSure: boolean] {
  let possible = -1;
  for (const [at, { match }] of slices.entries()) {
    const verdict = match(value, walk);
    if (verdict === 'yes') return [at, true];
    if (verdict === 'perhaps' && possible < 0) possible = at;
  }
  return [possible, false];
}

/** How far the values have come through the slices. */
interface Order {
  readonly slicing: ProfileNode['rules']['slicing'];
  last: number;
  isPastEnd: boolean;
}

function checkOrder(order: Order, at: number | undefined, walk: Walk): void {
  const { rules, ordered } = order.slicing ?? {};
  if (at === undefined) {
    if (rules === 'closed') fault(walk, 'structure', CLOSED);
    order.isPastEnd = rules === 'openAtEnd';
    return;
  }
  if (order.isPastEnd || (ordered && at < order.last)) fault(walk, 'structure', ORDER);
  order.last = at;
}

function checkSlice(owner: Node, element: string, slice: Slice, { possible, members }: Tally, walk: Walk): void {
  const { name, told, min, max, inner } = slice;
  if (possible < min) fault(walk, 'required', tooFew(name, min) + told, element);
  if (members.length > max) fault(walk, 'structure', tooMany(name, max), element);
  inner?.(owner, members, walk);
}
