import { compileBinding, isBindable } from '../bindings/binding.ts';
import type { Evaluate } from '../fhirpath/evaluate.ts';
import type { Node, Nodes } from '../fhirpath/node.ts';
import { referredType } from '../fhirpath/resolve.ts';
import { compileOnce } from '../invariants/invariant.ts';
import { surroundings } from '../invariants/surroundings.ts';
import { isObject, type Walk } from '../walk.ts';
import { matchesPattern } from './patterns.ts';
import { type Compiler, passes } from './profile-check.ts';
import type { ProfileNode } from './tree.ts';
import { targetTypes } from './values.ts';

/** Whether a value belongs to a slice. `perhaps`: it would take a terminology server, or what it refers to, to tell. */
export type Verdict = 'yes' | 'no' | 'perhaps';

export type Match = (value: Node, walk: Walk) => Verdict;

type Discriminator = NonNullable<NonNullable<ProfileNode['rules']['slicing']>['discriminator']>[number];

/** Compiles how values of a slice are told from others. @see https://hl7.org/fhir/R4/profiling.html#discriminator */
export function compileDiscriminators(sliced: ProfileNode, slice: ProfileNode, compiler: Compiler): Match {
  const given = sliced.rules.slicing?.discriminator ?? [];
  const implied: Discriminator[] = slice.rules.path.endsWith('[x]') ? [{ type: 'type', path: '$this' }] : [];
  const matches = (given.length > 0 ? given : implied).map((each) => compileDiscriminator(each, slice, compiler));
  return (value, walk) => worst(matches.map((match) => match(value, walk)));
}

function worst(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.length === 0 || verdicts.includes('no')) return 'no';
  return verdicts.includes('perhaps') ? 'perhaps' : 'yes';
}

function compileDiscriminator({ type, path }: Discriminator, slice: ProfileNode, compiler: Compiler): Match {
  const isResolved = (path ?? '').endsWith('resolve()');
  const steps = stepsOf(path ?? '$this');
  const select = compileOnce(isResolved ? steps.join('.') || '$this' : (path ?? '$this'));
  const at = nodeFor(slice, steps);
  const decide = isResolved ? byTarget(at) : decider(type, slice, steps, at, compiler);
  return (value, walk) => decide(selected(select, value, walk), walk);
}

function selected(select: Evaluate, value: Node, walk: Walk): Nodes {
  return select([value], surroundings(value, walk));
}

/** `coding`, `code` of `coding.code`; what only says how to get there (`$this`, `resolve()`, `ofType()`) is left out. */
function stepsOf(path: string): string[] {
  return (path.match(/extension\('[^']*'\)|[^.()]+(?:\([^()]*\))?/g) ?? []).filter(
    (step) => !/^\$this$|^resolve\(|^ofType\(/.test(step),
  );
}

const EXTENSION = /^extension\('([^']*)'\)$/;

function nodeFor(slice: ProfileNode, steps: readonly string[]): ProfileNode | undefined {
  return steps.reduce<ProfileNode | undefined>((node, step) => {
    const url = EXTENSION.exec(step)?.[1];
    if (url === undefined) return node?.children.get(step);
    return node?.children.get('extension')?.slices.find((each) => extensionUrl(each) === url);
  }, slice);
}

/** The url of the extensions of a slice: its profile's, or a fixed one. */
function extensionUrl({ rules, children }: ProfileNode): unknown {
  return rules.types[0]?.profiles[0]?.split('|')[0] ?? children.get('url')?.rules.fixed;
}

type Decide = (found: Nodes, walk: Walk) => Verdict;

function decider(
  type: Discriminator['type'],
  slice: ProfileNode,
  steps: readonly string[],
  at: ProfileNode | undefined,
  compiler: Compiler,
): Decide {
  if (type === 'exists') return byPresence(at);
  if (type === 'type') return byType(at);
  if (type === 'profile') return byProfile(at, compiler);
  return byValue(slice, steps, at, compiler);
}

function verdict(is: boolean): Verdict {
  return is ? 'yes' : 'no';
}

function byPresence(at: ProfileNode | undefined): Decide {
  if (at?.rules.max === 0) return (found) => verdict(found.length === 0);
  return (found) => verdict(!at || at.rules.min === 0 || found.length > 0);
}

function byType(at: ProfileNode | undefined): Decide {
  const codes = new Set(
    (at?.slices.length === 1 ? at.slices : [at]).flatMap((node) => node?.rules.types.map(({ code }) => code) ?? []),
  );
  return (found) => verdict(found.length > 0 && found.every(({ model }) => codes.has(model?.name ?? '')));
}

function byProfile(at: ProfileNode | undefined, { find }: Compiler): Decide {
  const urls = at?.rules.types.flatMap(({ profiles }) => profiles) ?? [];
  return (found, walk) => {
    const checks = urls.map(find);
    if (checks.includes(undefined)) return 'perhaps';
    return verdict(found.some((node) => checks.some((check) => check && passes(check, node, walk))));
  };
}

/** By what a reference points to: only the type is seen. */
function byTarget(at: ProfileNode | undefined): Decide {
  const types = targetTypes(at?.rules.types.flatMap(({ targetProfiles }) => targetProfiles) ?? []);
  return (found, { root }) => {
    const referred = found.map(({ value }) => (isObject(value) ? referredType(value, root) : undefined));
    if (!types || referred.includes(undefined)) return 'perhaps';
    return referred.some((type) => type !== undefined && types.has(type)) ? 'perhaps' : 'no';
  };
}

/** By a fixed value or a pattern, there or in what stands around it; by a required binding; or by all that is asked there. */
function byValue(
  slice: ProfileNode,
  steps: readonly string[],
  at: ProfileNode | undefined,
  compiler: Compiler,
): Decide {
  const expected = expectation(slice, steps);
  if (expected !== undefined) {
    const parts = Array.isArray(expected) ? (expected as unknown[]) : [expected];
    return (found) => verdict(parts.every((part) => found.some(({ value }) => matchesPattern(value, part))));
  }
  if (!at) return () => 'perhaps';
  const { binding, types } = at.rules;
  const content = compiler.content(at);
  const codes = types.map(({ code }) => code).filter(isBindable);
  const valueSet = binding?.strength === 'required' ? binding.valueSet : undefined;
  const bindings = valueSet === undefined ? [] : codes.map((code) => compileBinding(valueSet, code));
  return (found, walk) =>
    best(
      found.map((node) => {
        const bound = bindings.map(({ isBound }) => isBound(node.value));
        if (valueSet !== undefined && codes.length === 0) return 'perhaps';
        if (bound.includes(false) || (content && !passes(content, node, walk))) return 'no';
        return bound.includes(undefined) ? 'perhaps' : 'yes';
      }),
    );
}

function best(verdicts: readonly Verdict[]): Verdict {
  if (verdicts.includes('yes')) return 'yes';
  return verdicts.includes('perhaps') ? 'perhaps' : 'no';
}

/** What a slice says must stand at a place: its url for an extension. */
function expectation(slice: ProfileNode, steps: readonly string[]): unknown {
  if (steps.join('.') === 'url' && slice.rules.path.toLowerCase().endsWith('extension')) return extensionUrl(slice);
  let node: ProfileNode | undefined = slice;
  for (const [done, step] of [...steps, ''].entries()) {
    const own: unknown = node?.rules.fixed ?? node?.rules.pattern;
    if (own !== undefined) return steps.slice(done).reduce(within, own);
    node = node?.children.get(step);
  }
  return undefined;
}

function within(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return value.flatMap((each) => within(each, step) ?? []);
  return isObject(value) ? value[step] : undefined;
}
