import type { Resource } from '@medplum/fhirtypes';
import type { Sql } from '../../../db/database.ts';
import { type Caller, contentFor, visibleTo } from '../../caller.ts';
import type { InteractionKind } from '../topics/topic.ts';

/** Something that happened, as its subscriber is told. */
export interface SubscriptionEvent {
  readonly number: number;
  readonly occurredAt: Date;
  /** Undefined when the subscriber may not see it (any more): then only its number is said. */
  readonly subject: EventSubject | undefined;
}

export interface EventSubject {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly interaction: InteractionKind;
  /** The version of the resource the event left; undefined where it was deleted, or is not asked for. */
  readonly resource: Resource | undefined;
}

/** Which events: their numbers, both inclusive, and how many at most. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

interface Row extends Omit<EventSubject, 'resource'> {
  readonly number: number;
  readonly occurredAt: Date;
  readonly visible: boolean;
  readonly content: Resource | null;
}

/**
 * The events of a subscription that are still kept, in order, as a caller may see them now.
 * @param withContent whether the resources are wanted
 */
export async function loadEvents(
  sql: Sql,
  reader: Caller,
  subscriptionId: string,
  { from, to, limit }: Range,
  withContent: boolean,
): Promise<SubscriptionEvent[]> {
  const rows = await sql.query<Row>(eventsSql(reader), [subscriptionId, from, to, limit, withContent]);
  return rows.map(({ number, occurredAt, visible, content, type, id, version, interaction }) => ({
    number,
    occurredAt,
    subject: visible ? { type, id, version, interaction, resource: content ?? undefined } : undefined,
  }));
}

export function eventsSql(reader: Caller): string {
  return `
    SELECT e.number::float8 AS number, e.occurred_at AS "occurredAt", e.type, e.resource_id AS id, e.version, e.interaction,
      EXISTS (SELECT 1 FROM resource WHERE type = e.type AND id = e.resource_id AND ${visibleTo(reader)}) AS visible,
      CASE WHEN $5::boolean THEN (SELECT ${contentFor(reader, 'resource', undefined, 'h')} FROM resource_version h
        JOIN resource USING (type, id) WHERE h.type = e.type AND h.id = e.resource_id AND h.version = e.version) END AS content
    FROM subscription_event e WHERE e.subscription_id = $1 AND e.number BETWEEN $2 AND $3
    ORDER BY e.number LIMIT $4`;
}
