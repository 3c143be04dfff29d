import type { Definition } from '../definitions/definition.ts';
import { type Nodes, step } from '../fhirpath/node.ts';
import { fault, type Walk } from '../walk.ts';
import { atValue, type Compiler, type ProfileCheck, tooFew, tooMany } from './profile-check.ts';
import { compileSlicing } from './slicing.ts';
import { nodeAt, type ProfileNode, toTree } from './tree.ts';
import { compileValueRules } from './values.ts';

/**
 * Compiles a profile to a function that checks what the profile asks beyond the base definition. What it takes over
 * unchanged is left out: every resource is checked against the base definition anyway.
 * @see https://hl7.org/fhir/R4/profiling.html
 */
export function compileProfile(definition: Definition, find: Compiler['find']): ProfileCheck {
  const root = toTree(definition);
  const made = new Map<ProfileNode, ProfileCheck | undefined>();
  const compiler: Compiler = {
    root,
    name: definition.name,
    find,
    content: (node) => {
      if (!made.has(node)) made.set(node, compileContent(node, compiler));
      return made.get(node);
    },
  };
  const check = compiler.content(root) ?? (() => undefined);
  return (node, walk) => {
    const { profile } = walk;
    if (!definition.hasSnapshot && definition.base) find(definition.base)?.(node, walk);
    walk.profile = definition.url;
    check(node, walk);
    walk.profile = profile;
  };
}

function compileContent(node: ProfileNode, compiler: Compiler): ProfileCheck | undefined {
  const own = compileValueRules(node.rules, compiler);
  const parts = [...node.children].flatMap(([name, child]) => compileElement(name, child, compiler) ?? []);
  const checks = [...own, ...parts, ...contentOf(node, compiler)];
  if (checks.length === 0) return undefined;
  return (value, walk) => {
    for (const check of checks) check(value, walk);
  };
}

/** An element whose content is that of another one keeps that one's rules. They may be in each other: looked up late. */
function contentOf({ rules, children }: ProfileNode, { root, content }: Compiler): ProfileCheck[] {
  const other = rules.contentOf === undefined || children.size > 0 ? undefined : nodeAt(root, rules.contentOf);
  return other ? [(value, walk) => content(other)?.(value, walk)] : [];
}

/** Compiles what is asked of one element of a value: how often, of each of its values, and of its slices. */
function compileElement(name: string, node: ProfileNode, compiler: Compiler): ProfileCheck | undefined {
  const count = compileCount(name, node);
  const slicing = compileSlicing(name, node, compiler);
  const content = compiler.content(node);
  if (!count && !slicing && !content) return undefined;
  return (owner, walk) => {
    const found = step(owner, name);
    count?.(found, walk);
    if (content) found.forEach((each, at) => void atValue(owner, name, each, at, walk, () => content(each, walk)));
    slicing?.(owner, found, walk);
  };
}

/** How often an element may stand, where the profile is stricter than the type. */
function compileCount(name: string, { rules }: ProfileNode): ((found: Nodes, walk: Walk) => void) | undefined {
  const { min, max, base } = rules;
  if (min <= base.min && max >= base.max) return undefined;
  return ({ length }, walk) => {
    if (length < min) fault(walk, 'required', tooFew(name, min), name);
    if (length > max) fault(walk, 'structure', tooMany(name, max), name);
  };
}
