import type { Scope } from './scopes/scope.ts';
import { EVERYBODY } from './sharing/readers.ts';
import { unlessRestricted } from './sharing/restricted.ts';

/**
 * Who asks: a program of an organization, a person at the hub itself, or the hub acting on its own (roll-up, timers).
 * Every query and every write carries it.
 */
export interface Caller {
  readonly kind: 'client' | 'operator' | 'hub';
  /** The id of the caller's Organization. */
  readonly organizationId: string;
  readonly clientId?: string;
  readonly requestId?: string;
  /** What this person is at its organization; absent for programs. */
  readonly roles?: readonly string[];
  /** What its token was given for; undefined: whatever it may by what it is. */
  readonly scopes?: readonly Scope[];
}

/**
 * The clause that keeps a query within what a caller may see, over the columns of `resource`. Every statement that reads
 * resources for a caller includes it; the hub's own (projections, deliveries) do not. The hub and its people see
 * everything but what is restricted to a role; an organization sees what has it, or everybody, among its readers, as long
 * as consent lasts.
 * @param own SQL of the id of the caller's Organization, where it is not to stand in the statement itself
 */
export function visibleTo(caller: Caller, alias = 'resource', own = `'${idForSql(caller.organizationId)}'`): string {
  return `${sharedWith(caller, alias, own)}${unlessRestricted(caller, alias)}`;
}

function sharedWith(caller: Caller, alias: string, own: string): string {
  if (caller.kind !== 'client') return 'true';
  // A period may be over and the worker that ends shares late: then nobody but the author reads it until it has been there.
  const lasts = `(${alias}.readers_until IS NULL OR ${alias}.readers_until > now() OR ${alias}.author_org = ${own})`;
  return `${alias}.readers && ARRAY['${EVERYBODY}', ${own}] AND ${lasts}`;
}

/** The value for `own` where that is a place among the values of a statement: none where the clause asks for none. */
export function ownValue(caller: Caller): string[] {
  return caller.kind === 'client' ? [caller.organizationId] : [];
}

/** An id may stand in a statement; what is none is nobody's. */
function idForSql(id: string): string {
  return /^[A-Za-z0-9\-.]{1,64}$/.test(id) ? id : '';
}
