import type { Scope } from './scopes/scope.ts';

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
  /** What its token was given for; undefined: whatever it may by what it is. */
  readonly scopes?: readonly Scope[];
}

/**
 * The clause that keeps a query within what a caller may see, over the columns of `resource`.
 * Every statement that reads resources for a caller includes it; the hub's own (projections, deliveries) do not.
 * Enforcement is switched on with access control; until then every identified caller sees every resource, but of
 * Subscriptions, which hold what lets the hub in at a partner, only its own.
 * @param own SQL of the id of the caller's Organization, where it is not to stand in the statement itself
 */
export function visibleTo(caller: Caller, alias = 'resource', own = `'${idForSql(caller.organizationId)}'`): string {
  const known = `${alias}.readers IS NOT NULL`;
  if (caller.kind !== 'client') return known;
  return `(${known} AND (${alias}.type <> 'Subscription' OR ${alias}.author_org = ${own}))`;
}

/** An id may stand in a statement; what is none is nobody's. */
function idForSql(id: string): string {
  return /^[A-Za-z0-9\-.]{1,64}$/.test(id) ? id : '';
}
