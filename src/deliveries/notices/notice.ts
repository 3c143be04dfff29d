import type { Subscription } from '@medplum/fhirtypes';
import type { Notification } from '../../channels/notification.ts';
import type { Sql } from '../../db/database.ts';
import { loadEvents, type Range } from '../../fhir/subscriptions/events/load-events.ts';
import { notificationBundle } from '../../fhir/subscriptions/notification/bundle.ts';
import type { NotificationType, Said } from '../../fhir/subscriptions/notification/status.ts';
import { lockSubscription, type SubscriptionRow, subscriberOf } from '../../fhir/subscriptions/rows.ts';
import { readTerms, type Terms } from '../../fhir/subscriptions/terms/terms.ts';
import type { DeliverDeps } from '../deliver-deps.ts';
import type { DeliveryRow, NoticeMessage } from '../store.ts';
import { takeBatch } from './batch.ts';

/** What is sent, and the number of its last event; or only that the hub no longer does what is asked. */
export type Notice = { readonly through: number } & (Notification | { readonly notSupported: true });

/** A delivery that a worker takes. */
export interface Taking {
  readonly deps: DeliverDeps;
  readonly delivery: DeliveryRow;
  readonly about: NoticeMessage;
  readonly now: Date;
}

/**
 * What a delivery says to a subscriber; undefined when it is no longer to be said. Which events it holds is settled when it
 * is sent for the first time: every further try says the same.
 */
export async function composeNotice(tx: Sql, taking: Taking): Promise<Notice | undefined> {
  const { deps, delivery, about, now } = taking;
  const row = await lockSubscription(tx, about.subscriptionId);
  if (!row || row.round !== about.round || row.status !== WANTED[about.kind]) return undefined;
  const terms = await termsOf(tx, deps, row.id);
  if (!terms) return { through: 0, notSupported: true };
  const range = await rangeOf(tx, taking, row, terms.maxCount);
  if (!range) return undefined;
  const events = await loadEvents(tx, subscriberOf(row, deps.hubOrg), row.id, range, terms.content === 'full-resource');
  if (HAS_EVENTS.has(about.kind) && events.length === 0) return undefined;
  const said: Said = {
    type: TYPES[about.kind],
    row,
    topic: terms.topic.url,
    content: terms.content,
    events,
    base: deps.hubBase,
    id: delivery.id,
  };
  return {
    deliveryId: delivery.id,
    terms,
    said,
    bundle: notificationBundle(said, delivery.id, now),
    through: range.to,
  };
}

type Kind = NoticeMessage['kind'];

const WANTED: Readonly<Record<Kind, SubscriptionRow['status']>> = {
  handshake: 'requested',
  heartbeat: 'active',
  notification: 'active',
  resend: 'active',
};

const TYPES: Readonly<Record<Kind, NotificationType>> = {
  handshake: 'handshake',
  heartbeat: 'heartbeat',
  notification: 'event-notification',
  resend: 'event-notification',
};

const HAS_EVENTS: ReadonlySet<Kind> = new Set<Kind>(['notification', 'resend']);
const NONE: Range = { from: 0, to: 0, limit: 0 };

async function termsOf(tx: Sql, deps: DeliverDeps, id: string): Promise<Terms | undefined> {
  const [stored] = await tx.query<{ content: Subscription }>(
    `SELECT content FROM resource WHERE type = 'Subscription' AND id = $1 AND NOT deleted`,
    [id],
  );
  const read = stored && readTerms(stored.content, deps.subscriptions);
  return read && 'terms' in read ? read.terms : undefined;
}

/** The events of a delivery: those it was given before, or the next ones. */
async function rangeOf(
  tx: Sql,
  { deps, delivery, about, now }: Taking,
  row: SubscriptionRow,
  maxCount: number,
): Promise<Range | undefined> {
  if (!HAS_EVENTS.has(about.kind)) return NONE;
  const { eventFrom, eventTo } = about;
  if (eventFrom !== null && eventTo !== null) return { from: eventFrom, to: eventTo, limit: eventTo - eventFrom + 1 };
  return takeBatch(tx, delivery.id, row, maxCount, { now, newId: deps.store.newId });
}
