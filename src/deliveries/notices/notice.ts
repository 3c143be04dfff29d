import type { Subscription } from '@medplum/fhirtypes';
import type { Notification } from '../../channels/notification.ts';
import { type Presented, presentedToHook } from '../../channels/presenting/presented.ts';
import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { keptHeaders } from '../../fhir/sealed-headers/kept.ts';
import { loadEvents, type Range, type SubscriptionEvent } from '../../fhir/subscriptions/events/load-events.ts';
import { notificationBundle } from '../../fhir/subscriptions/notification/bundle.ts';
import type { NotificationType, Said } from '../../fhir/subscriptions/notification/status.ts';
import { lockSubscription, type SubscriptionRow, subscriberOf } from '../../fhir/subscriptions/rows.ts';
import { readHeader } from '../../fhir/subscriptions/terms/header.ts';
import { readTerms, type Terms } from '../../fhir/subscriptions/terms/terms.ts';
import { asSent } from '../../loops/next-step/on-task.ts';
import type { DeliverDeps } from '../deliver-deps.ts';
import type { DeliveryRow, NoticeMessage } from '../store.ts';
import { takeBatch } from './batch.ts';

/** What is sent, and the number of its last event; or why nothing can be. */
export type Notice = { readonly through: number } & (
  | (Notification & { readonly presented: Presented })
  | { readonly not: 'supported' | 'opened' }
);

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
  if (!terms) return { through: 0, not: 'supported' };
  const headers = await headersOf(tx, deps, row.id, terms);
  if (!headers) return { through: 0, not: 'opened' };
  const range = await rangeOf(tx, taking, row, terms.maxCount);
  if (!range) return undefined;
  const loaded = await loadEvents(tx, subscriberOf(row, deps.hubOrg), row.id, range, terms.content === 'full-resource');
  const events = loaded.map(asLeft);
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
    correlationId: await loopOfAll(tx, said),
    terms: { ...terms, headers },
    presented: await presentedToHook(tx, deps.secretKeys, row.ownerOrg, { ...terms, headers }),
    said,
    bundle: notificationBundle(said, delivery.id, now),
    through: range.to,
  };
}

/** The loop that all of a notification is about. An empty one does not say what it is about. */
async function loopOfAll(tx: Sql, { content, events }: Said): Promise<string | undefined> {
  const subjects = events.map(({ subject }) => subject);
  if (content === 'empty' || subjects.length === 0) return undefined;
  const of = (type: string): string[] => subjects.flatMap((each) => (each?.type === type ? [each.id] : []));
  const rows = await tx.query<{ loopId: string; id: string }>(LOOPS_SQL, [of('Task'), of('Communication')]);
  const loops = new Map(rows.map(({ id, loopId }) => [id, loopId]));
  const about = new Set(subjects.map((each) => each && loops.get(each.id)));
  return about.size === 1 ? [...about][0] : undefined;
}

export const LOOPS_SQL = `
  SELECT t.id, loop.id AS "loopId" FROM resource t
    JOIN loop ON loop.id = COALESCE(substring(t.content #>> '{partOf,0,reference}' FROM '^Task/(.*)$'), t.id)
    WHERE t.type = 'Task' AND t.id = ANY ($1::text[])
  UNION ALL SELECT id, loop_id FROM message WHERE id = ANY ($2::text[])`;

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

/** What is sent with a notification; undefined when it is sealed, and cannot be opened. */
async function headersOf(tx: Sql, deps: DeliverDeps, id: string, terms: Terms): Promise<Terms['headers'] | undefined> {
  if (terms.headers.length === 0) return [];
  try {
    const kept = await keptHeaders(tx, deps.secretKeys, `Subscription/${id}`);
    return kept?.map(readHeader).filter((each) => each !== undefined);
  } catch (thrown) {
    if (thrown instanceof AppError) return undefined;
    throw thrown;
  }
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

/** With its resource as the event left it: what the hub has said of a Task since, beside its version, is read here. */
function asLeft(event: SubscriptionEvent): SubscriptionEvent {
  const task = event.subject?.resource;
  if (!event.subject || task?.resourceType !== 'Task') return event;
  return { ...event, subject: { ...event.subject, resource: asSent(task) } };
}
