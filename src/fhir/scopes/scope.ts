import { isStoredType } from '../definitions.ts';

/** What a scope lets do, by the letters of SMART: create, read, update, delete, search. */
export type Action = 'c' | 'r' | 'u' | 'd' | 's';

export const ACTIONS: readonly Action[] = ['c', 'r', 'u', 'd', 's'];

/** One search parameter of a constraint, as it stands in a scope. */
export type ScopeParam = readonly [name: string, value: string];

/** One scope: what may be done with resources of a type, or (`*`) of every type. */
export interface Scope {
  readonly type: string;
  /** In the order of the letters. */
  readonly actions: readonly Action[];
  /** What resources must meet; empty: nothing. */
  readonly where: readonly ScopeParam[];
}

/** The older form, and what it stands for. @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html#scopes-for-requesting-fhir-resources */
const OF_VERSION_1: Readonly<Record<string, string>> = { read: 'rs', write: 'cud', '*': 'cruds' };

const SYSTEM_SCOPE = /^system\/(\*|[A-Z][A-Za-z]{1,63})\.(read|write|\*|[a-z]{1,5})(?:\?(.+))?$/;
const LETTERS = /^c?r?u?d?s?$/;

/**
 * Reads a scope of a program: `system/Task.rs`, `system/*.cruds`, `system/Task.rs?owner=Organization/1`, or in the older
 * form `system/Task.read`. Undefined when it is none that can be granted: of a person (`user/`, `patient/`), of no
 * type there is, with its letters out of order, with a condition on every type. Pure.
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/scopes-and-launch-context.html
 */
export function parseScope(text: string): Scope | undefined {
  const [, type = '', said = '', query] = SYSTEM_SCOPE.exec(text) ?? [];
  const older = Object.hasOwn(OF_VERSION_1, said);
  const letters = older ? OF_VERSION_1[said] : said;
  if (!letters || !LETTERS.test(letters) || !(type === '*' || isStoredType(type))) return undefined;
  if (query !== undefined && (older || type === '*')) return undefined;
  const where = query === undefined ? [] : paramsOf(query);
  return where && { type, actions: ACTIONS.filter((action) => letters.includes(action)), where };
}

/** Plain search parameters, with `:not` or `:missing` where that is meant: nothing that leads to other resources. */
const CONSTRAINT = /^_?[a-z][A-Za-z0-9-]*(:(not|missing))?$/;

/** What says how results are shown rather than which there are. */
const OF_RESULTS: ReadonlySet<string> = new Set(
  '_sort _count _total _summary _elements _contained _containedType _format _pretty _cursor _include _revinclude _has _type _filter _list _query'.split(
    ' ',
  ),
);

function paramsOf(query: string): ScopeParam[] | undefined {
  const params = [...new URLSearchParams(query)];
  const usable = params.every(([name, value]) => CONSTRAINT.test(name) && !OF_RESULTS.has(name) && value !== '');
  return usable && params.length > 0 ? sorted(params) : undefined;
}

function sorted(params: readonly ScopeParam[]): ScopeParam[] {
  const known = new Map(params.map((param) => [`${param[0]}=${param[1]}`, param]));
  return [...known].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, param]) => param);
}

/** A scope as it is written. Pure. */
export function formatScope({ type, actions, where }: Scope): string {
  const query = where.map(([name, value]) => `${name}=${encoded(value)}`).join('&');
  return `system/${type}.${actions.join('')}${query === '' ? '' : `?${query}`}`;
}

/** Scopes are separated by spaces; slashes, commas and bars are left as people read them. */
function encoded(value: string): string {
  return encodeURIComponent(value).replaceAll('%2F', '/').replaceAll('%2C', ',').replaceAll('%3A', ':');
}

/** The scopes of a text, and whatever else it holds. Pure. */
export function parseScopes(text: string): { readonly scopes: readonly Scope[]; readonly others: readonly string[] } {
  const said = [...new Set(text.split(' ').filter((each) => each !== ''))];
  const read = said.map((each) => ({ each, scope: parseScope(each) }));
  return {
    scopes: read.flatMap(({ scope }) => scope ?? []),
    others: read.flatMap(({ each, scope }) => (scope ? [] : [each])),
  };
}

/**
 * What of some scopes lies within others: for each pair, what both let do, under the conditions of both. Pure.
 * @param asked what is asked for
 * @param allowed what may be had at most
 */
export function withinScopes(asked: readonly Scope[], allowed: readonly Scope[]): Scope[] {
  const both = asked.flatMap((one) => allowed.flatMap((other) => common(one, other) ?? []));
  const plain = both.filter(
    (scope, at) => !both.some((other, where) => where !== at && holds(other, scope, where < at)),
  );
  return plain;
}

function common(one: Scope, other: Scope): Scope | undefined {
  if (one.type !== other.type && one.type !== '*' && other.type !== '*') return undefined;
  const actions = one.actions.filter((action) => other.actions.includes(action));
  if (actions.length === 0) return undefined;
  const type = one.type === '*' ? other.type : one.type;
  return { type, actions, where: sorted([...one.where, ...other.where]) };
}

/** Whether a scope lets do all that another does; of two that are the same, the first counts. */
function holds(one: Scope, other: Scope, isFirst: boolean): boolean {
  const wider =
    (one.type === '*' || one.type === other.type) &&
    other.actions.every((action) => one.actions.includes(action)) &&
    one.where.every(([name, value]) => other.where.some((each) => each[0] === name && each[1] === value));
  return wider && (isFirst || formatScope(one) !== formatScope(other));
}
