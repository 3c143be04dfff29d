import type { Parameters } from '@medplum/fhirtypes';
import type { SubscriptionEvent } from '../events/load-events.ts';
import type { SubscriptionRow } from '../rows.ts';
import { PROFILES } from '../terms/extensions.ts';
import type { ContentLevel } from '../terms/payload.ts';

/** Why something is said. @see https://hl7.org/fhir/R5/valueset-subscription-notification-type.html */
export type NotificationType = 'handshake' | 'heartbeat' | 'event-notification' | 'query-status' | 'query-event';

/** What is said about a subscription. */
export interface Said {
  readonly type: NotificationType;
  readonly row: Pick<SubscriptionRow, 'id' | 'status' | 'events' | 'errorCode'>;
  /** The canonical address of its topic. */
  readonly topic: string;
  readonly content: ContentLevel;
  readonly events: readonly SubscriptionEvent[];
  /** The address of this server, without a slash at the end. */
  readonly base: string;
  readonly id: string;
}

type Parameter = NonNullable<Parameters['parameter']>[number];

/**
 * R5's SubscriptionStatus as Parameters. Pure.
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription-status-r4.html
 */
export function statusParameters(said: Said): Parameters {
  const { row, type, topic, content, events, base, id } = said;
  const parameter: Parameter[] = [
    { name: 'subscription', valueReference: { reference: `${base}/Subscription/${row.id}` } },
    // With an empty payload not even what it is about is said.
    ...(content === 'empty' ? [] : [{ name: 'topic', valueCanonical: topic }]),
    { name: 'status', valueCode: row.status },
    { name: 'type', valueCode: type },
    { name: 'events-since-subscription-start', valueString: String(row.events) },
    ...events.map((event) => eventParameter(event, content, base)),
    ...(row.status === 'error' && row.errorCode ? [errorParameter(row.errorCode)] : []),
  ];
  return { resourceType: 'Parameters', id, meta: { profile: [PROFILES.status] }, parameter };
}

function eventParameter(
  { number, occurredAt, subject }: SubscriptionEvent,
  content: ContentLevel,
  base: string,
): Parameter {
  const focus = content === 'empty' ? undefined : subject;
  return {
    name: 'notification-event',
    part: [
      { name: 'event-number', valueString: String(number) },
      { name: 'timestamp', valueInstant: occurredAt.toISOString() },
      ...(focus ? [{ name: 'focus', valueReference: { reference: `${base}/${focus.type}/${focus.id}` } }] : []),
    ],
  };
}

function errorParameter(code: string): Parameter {
  const system = 'http://terminology.hl7.org/CodeSystem/subscription-error';
  return { name: 'error', valueCodeableConcept: { coding: [{ system, code }] } };
}
