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
}

/**
 * The clause that keeps a query within what a caller may see, over the columns of `resource`.
 * Every statement that reads resources for a caller includes it; the hub's own (projections, deliveries) do not. Enforcement is switched on with access control; until then every
 * identified caller sees every resource.
 */
export function visibleTo(_caller: Caller, alias = 'resource'): string {
  return `${alias}.readers IS NOT NULL`;
}
