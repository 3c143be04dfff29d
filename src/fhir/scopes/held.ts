import type { Bundle, BundleEntry, OperationOutcome, Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import { findReferences, parseLocal } from '../references.ts';
import type { SearchContext } from '../search/conditions/context.ts';
import { matching } from '../search/matching.ts';
import { CURSOR, pageGone } from '../search/request/cursor.ts';
import { readRequest } from '../search/request/read-request.ts';
import type { Within } from '../search/request/search-request.ts';
import { allowed } from './allowed.ts';
import { type Action, formatScope, type ScopeParam } from './scope.ts';
import { CONDITIONS_CONTEXT } from './scope-problem.ts';

type Limits = readonly (readonly ScopeParam[])[] | undefined;

/** Which resources of some lie within one of some conditions, as they stand. @param limits undefined: there are none */
export async function idsWithin(
  sql: Sql,
  caller: Caller,
  type: string,
  ids: readonly string[],
  limits: Limits,
): Promise<ReadonlySet<string>> {
  if (!limits || ids.length === 0) return new Set(ids);
  const found = new Set<string>();
  for (const where of limits) {
    const params = [['_id', ids.join(',')], ...where] as const;
    for (const { id } of await matching({ ...CONDITIONS_CONTEXT, sql, caller }, type, params, ids.length))
      found.add(id);
  }
  return found;
}

export async function isWithin(sql: Sql, caller: Caller, type: string, id: string, limits: Limits): Promise<boolean> {
  return (await idsWithin(sql, caller, type, [id], limits)).has(id);
}

/** @throws AppError (403) when what was written lies outside of the conditions under which it may be */
export async function requireWithin(
  sql: Sql,
  caller: Caller,
  action: Action,
  { resourceType: type, id }: { readonly resourceType: string; readonly id: string },
  limits: Limits,
): Promise<void> {
  if (!limits || (await isWithin(sql, caller, type, id, limits))) return;
  const scopes = limits.map((where) => formatScope({ type, actions: [action], where })).join(' or ');
  const text = `Your token lets you write what its scope ${scopes} says, before and after. This ${type} is not so. Nothing was changed.`;
  throw new AppError('forbidden', 'access.scope', text, { subject: { type, id } });
}

/**
 * A page of sorted results begins at a resource that its caller may search: where any other stands among them tells by what
 * it is sorted.
 * @throws AppError (400)
 */
export async function requirePlace(
  searching: SearchContext & { readonly sql: Sql; readonly caller: Caller },
  type: string | undefined,
  params: readonly ScopeParam[],
  within?: Within,
): Promise<void> {
  const { sql, caller } = searching;
  if (!caller.scopes || params.every(([name]) => name !== CURSOR)) return;
  const { sort, cursor } = readRequest(searching, type, params, within);
  if (!cursor || sort.every(({ kind }) => kind !== 'parameter')) return;
  const may = allowed(caller, 's', cursor.type);
  if (may === 'all') return;
  if (may === 'nothing' || !(await isWithin(sql, caller, cursor.type, cursor.id, may))) throw pageGone();
}

/** Whether a caller may see what it has written: it may be allowed to write and not to read. */
export async function mayBeShown(sql: Sql, caller: Caller, resource: Resource | undefined): Promise<boolean> {
  if (!caller.scopes || !resource?.id) return true;
  const may = allowed(caller, 'r', resource.resourceType);
  if (may === 'all' || may === 'nothing') return may === 'all';
  return isWithin(sql, caller, resource.resourceType, resource.id, may);
}

/**
 * The answer to a search without what it would bring along that its caller may not read. That something was left out is said
 * where the results themselves name it: of what refers to them, that it is there is not told.
 */
export async function withoutUnreadable(sql: Sql, caller: Caller, answer: Bundle): Promise<Bundle> {
  const brought = (answer.entry ?? []).filter(isBrought);
  if (!caller.scopes || brought.length === 0) return answer;
  const readable = await readableOf(sql, caller, brought);
  const entry = (answer.entry ?? []).filter((each) => !isBrought(each) || readable.has(nameOf(each)));
  const leftOut = brought.map(nameOf).filter((name) => !readable.has(name));
  if (leftOut.length === 0) return answer;
  const named = namesIn(entry);
  return { ...answer, entry: leftOut.some((name) => named.has(name)) ? [...entry, LEFT_OUT] : entry };
}

/** What some entries refer to, as `Type/id`. */
function namesIn(entries: readonly BundleEntry[]): ReadonlySet<string> {
  const references = entries.flatMap(({ resource }) => (resource ? findReferences(resource) : []));
  const addresses = references.flatMap(({ reference }) => parseLocal(reference) ?? []);
  return new Set(addresses.map(({ type, id }) => `${type}/${id}`));
}

function nameOf({ resource }: BundleEntry): string {
  return `${resource?.resourceType}/${resource?.id}`;
}

function isBrought({ search }: BundleEntry): boolean {
  return search?.mode === 'include';
}

/** Those that may be read, as `Type/id`. */
async function readableOf(sql: Sql, caller: Caller, brought: readonly BundleEntry[]): Promise<ReadonlySet<string>> {
  const types = new Map<string, string[]>();
  for (const { resource } of brought) {
    if (resource?.id) types.set(resource.resourceType, [...(types.get(resource.resourceType) ?? []), resource.id]);
  }
  const readable = new Set<string>();
  for (const [type, ids] of types) {
    const may = allowed(caller, 'r', type);
    if (may === 'nothing') continue;
    for (const id of await idsWithin(sql, caller, type, ids, may === 'all' ? undefined : may))
      readable.add(`${type}/${id}`);
  }
  return readable;
}

const LEFT_OUT: BundleEntry<OperationOutcome> = {
  search: { mode: 'outcome' },
  resource: {
    resourceType: 'OperationOutcome',
    issue: [
      {
        severity: 'warning',
        code: 'suppressed',
        details: {
          text: 'Some of what the results refer to was left out: your token does not hold the scopes to read it.',
        },
      },
    ],
  },
};
