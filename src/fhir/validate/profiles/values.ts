import { isDeepStrictEqual } from 'node:util';
import { type BindingCheck, compileBindingChecks } from '../bindings/check.ts';
import type { ElementRules, TypeRules } from '../definitions/definition.ts';
import { baseElement, definitionAt } from '../definitions/known.ts';
import { referredType } from '../fhirpath/resolve.ts';
import { compileInvariant } from '../invariants/invariant.ts';
import { isInherited } from '../invariants/of-element.ts';
import { fault, isObject } from '../walk.ts';
import { matchesPattern } from './patterns.ts';
import { type Compiler, type ProfileCheck, passes } from './profile-check.ts';

/** Compiles what an element of a profile asks of each of its values, beyond what the base definition asks already. */
export function compileValueRules(rules: ElementRules, compiler: Compiler): ProfileCheck[] {
  const { constraints } = rules;
  const invariants = constraints.filter((each) => !isInherited(each));
  return [
    ...types(rules),
    ...fixed(rules),
    ...binding(rules),
    ...length(rules),
    ...targets(rules),
    ...profiles(rules, compiler),
    ...invariants.map((each) => compileInvariant(each, compiler.name)),
  ];
}

function types({ path, types: allowed }: ElementRules): ProfileCheck[] {
  if (!path.endsWith('[x]') || allowed.length === 0) return [];
  const codes = new Set(allowed.map(({ code }) => code));
  const text = `Only ${[...codes].join(' or ')} may stand here. Use that type.`;
  return [({ model }, walk) => void (codes.has(model?.name ?? '') || fault(walk, 'structure', text))];
}

const FIXED = 'The profile lets only one value stand here. Write that one.';
const PATTERN = 'The profile asks for a value that has certain parts. Add them.';

function fixed({ fixed: only, pattern }: ElementRules): ProfileCheck[] {
  const checks: ProfileCheck[] = [];
  if (only !== undefined) {
    checks.push(({ value }, walk) => void (isDeepStrictEqual(value, only) || fault(walk, 'value', FIXED)));
  }
  if (pattern !== undefined) {
    checks.push(({ value }, walk) => void (matchesPattern(value, pattern) || fault(walk, 'value', PATTERN)));
  }
  return checks;
}

/** A required binding refuses; an extensible one is told by `$validate`. What the type asks already is left out. */
function binding({ binding: bound, base }: ElementRules): ProfileCheck[] {
  if (!bound || isSameBinding(baseElement(base.path)?.binding, bound)) return [];
  const checks = new Map<string, readonly BindingCheck[]>();
  return [
    ({ value, model }, walk) => {
      const code = model?.name ?? '';
      const known = checks.get(code) ?? compileBindingChecks(bound, code);
      checks.set(code, known);
      if (value !== undefined) for (const check of known) check(value, walk);
    },
  ];
}

function isSameBinding(base: ElementRules['binding'], own: NonNullable<ElementRules['binding']>): boolean {
  return base?.strength === own.strength && sameUrl(base.valueSet, own.valueSet) && sameUrl(base.max, own.max);
}

function sameUrl(one: string | undefined, other: string | undefined): boolean {
  return one?.split('|')[0] === other?.split('|')[0];
}

function length({ maxLength }: ElementRules): ProfileCheck[] {
  if (maxLength === undefined) return [];
  const text = `At most ${maxLength} characters may stand here. Shorten it.`;
  return [
    ({ value }, walk) => void (typeof value === 'string' && value.length > maxLength && fault(walk, 'value', text)),
  ];
}

/** The type of what a reference points to; whether that conforms to its profile is not asked: nobody fetches it. */
function targets({ types: allowed, base }: ElementRules): ProfileCheck[] {
  const named = allowed.filter(({ code }) => code === 'Reference').flatMap(({ targetProfiles }) => targetProfiles);
  const codes = targetTypes(named);
  if (!codes || isSameTarget(baseElement(base.path)?.types ?? [], named)) return [];
  const text = `This may refer only to: ${[...codes].join(', ')}. Refer to one of them.`;
  return [
    ({ value, model }, walk) => {
      if (model?.name !== 'Reference' || !isObject(value)) return;
      const type = referredType(value, walk.root);
      if (type !== undefined && !codes.has(type)) fault(walk, 'value', text);
    },
  ];
}

function isSameTarget(base: readonly TypeRules[], named: readonly string[]): boolean {
  const own = new Set(named);
  const of = base.filter(({ code }) => code === 'Reference').flatMap(({ targetProfiles }) => targetProfiles);
  return of.length === own.size && of.every((url) => own.has(url));
}

/** The types behind profiles; nothing when any may be referred to, or a profile is not known. */
export function targetTypes(profileUrls: readonly string[]): ReadonlySet<string> | undefined {
  const found = profileUrls.map((url) => definitionAt(url)?.type);
  if (found.length === 0 || found.includes('Resource') || found.includes(undefined)) return undefined;
  return new Set(found.filter((type) => type !== undefined));
}

/** A value must conform to one of the profiles of its type. One that is not known here is taken to be kept. */
function profiles({ types: allowed }: ElementRules, { find }: Compiler): ProfileCheck[] {
  return allowed
    .filter((type) => type.profiles.length > 0)
    .map(({ code, profiles: urls }) => {
      const [only] = urls;
      return (node, walk) => {
        if (node.model?.name !== code || node.value === undefined) return;
        const checks = urls.map(find);
        if (urls.length === 1 && only !== undefined) checks[0]?.(node, walk);
        else if (!checks.some((check) => !check || passes(check, node, walk))) fault(walk, 'structure', oneOf(urls));
      };
    });
}

function oneOf(urls: readonly string[]): string {
  return `This conforms to none of: ${urls.join(', ')}. Make it conform to one of them.`;
}
