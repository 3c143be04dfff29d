import { announcements } from '../db/announce.ts';
import type { Sql } from '../db/database.ts';
import { insertInto, type RowWriter } from '../db/row-writer.ts';
import { OUTBOX_CHANNEL, outboxRows } from './outbox.ts';

/** What a message says: here is work; here is news; it ended so; stop; what you may read of it has changed; it waits for you; somebody writes to you. */
export const MESSAGE_KINDS = ['offer', 'status', 'closing', 'cancel', 'consent', 'reminder', 'message'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** Something that must be said to one organization about one version of one Task. Ids and kinds only. */
export interface Message {
  readonly kind: MessageKind;
  readonly loopId: string;
  readonly recipientOrg: string;
  readonly taskId: string;
  readonly taskVersion: number;
  /** The Communication that is said, or that waits for an answer; undefined: it is of none. */
  readonly messageId?: string | undefined;
}

/** What a subscriber is told: are you there; I am still here; this happened; this happened, as you were told before. */
export const NOTICE_KINDS = ['handshake', 'heartbeat', 'notification', 'resend'] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

/** Something that must be said to the endpoint of one Subscription. Which events a notification holds shows when it is sent. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly subscriptionId: string;
  readonly recipientOrg: string;
  /** It counts only while the subscription is in this round. */
  readonly round: number;
  /** The numbers of the events to send again, both inclusive. */
  readonly events?: { readonly from: number; readonly to: number };
}

interface MessageRow {
  id: string;
  kind: string;
  recipient_org: string;
  loop_id: string | null;
  task_id: string | null;
  task_version: number | null;
  message_id: string | null;
  subscription_id: string | null;
  round: number | null;
  event_from: number | null;
  event_to: number | null;
  status: string;
  created_at: string;
  settled_at: string | null;
}

const messageRows: RowWriter<MessageRow> = insertInto('delivery', {
  id: 'uuid',
  kind: 'text',
  recipient_org: 'text',
  loop_id: 'text',
  task_id: 'text',
  task_version: 'int',
  message_id: 'text',
  subscription_id: 'text',
  round: 'int',
  event_from: 'bigint',
  event_to: 'bigint',
  status: 'text',
  created_at: 'timestamptz',
  settled_at: 'timestamptz',
});

/** Where rows wait to be written in the transaction of their cause. */
export interface RowSink {
  readonly now: Date;
  readonly newId: () => string;
  add<Row extends object>(writer: RowWriter<Row>, row: Row): void;
}

/** Adds a message, and its outbox row, to the transaction that causes it. Messages about a loop to one organization are delivered in this order. */
export function say(sink: RowSink, message: Message): void {
  deliverLater(sink, aboutTask(message));
}

/** Adds a notice to a subscriber likewise. Those of one Subscription are delivered in this order. */
export function notify(sink: RowSink, notice: Notice): void {
  deliverLater(sink, {
    ...NOTHING,
    kind: notice.kind,
    recipient_org: notice.recipientOrg,
    subscription_id: notice.subscriptionId,
    round: notice.round,
    event_from: notice.events?.from ?? null,
    event_to: notice.events?.to ?? null,
  });
}

/** Records a message whose recipient knows already, because it is this hub's own organization. */
export function noteSaid(sink: RowSink, message: Message): void {
  const now = sink.now.toISOString();
  sink.add(messageRows, {
    ...aboutTask(message),
    id: sink.newId(),
    status: 'delivered',
    created_at: now,
    settled_at: now,
  });
}

type Content = Omit<MessageRow, 'id' | 'status' | 'created_at' | 'settled_at'>;

const NOTHING = {
  loop_id: null,
  task_id: null,
  task_version: null,
  message_id: null,
  subscription_id: null,
  round: null,
  event_from: null,
  event_to: null,
} as const;

function aboutTask(message: Message): Content {
  return {
    ...NOTHING,
    kind: message.kind,
    recipient_org: message.recipientOrg,
    loop_id: message.loopId,
    task_id: message.taskId,
    task_version: message.taskVersion,
    message_id: message.messageId ?? null,
  };
}

function deliverLater(sink: RowSink, content: Content): void {
  const id = sink.newId();
  const now = sink.now.toISOString();
  sink.add(messageRows, { ...content, id, status: 'pending', created_at: now, settled_at: null });
  sink.add(outboxRows, { id: sink.newId(), kind: 'deliver', subject_id: id, available_at: now });
  sink.add(announcements, { channel: OUTBOX_CHANNEL, payload: '' });
}

/**
 * Withdraws every notice to a Subscription that waits. One that a worker is just taking is left: the worker sees that the
 * round it belongs to is over.
 */
export async function withdrawNotices(tx: Sql, subscriptionId: string, now: Date): Promise<void> {
  await tx.query(WITHDRAW_SQL, [`Subscription/${subscriptionId}`, now]);
}

export const WITHDRAW_SQL = `
  WITH waiting AS (SELECT id FROM delivery WHERE lane = $1 AND settled_at IS NULL AND status = 'pending' FOR UPDATE SKIP LOCKED),
    withdrawn AS (UPDATE delivery SET status = 'withdrawn', settled_at = $2, next_at = NULL
                  WHERE id = ANY (ARRAY(SELECT id FROM waiting)) RETURNING id)
  DELETE FROM outbox WHERE subject_id = ANY (ARRAY(SELECT id FROM withdrawn))`;
