import { announcements } from '../db/announce.ts';
import { insertInto, type RowWriter } from '../db/row-writer.ts';
import { OUTBOX_CHANNEL, outboxRows } from './outbox.ts';

/** What a message says: here is work; here is news; it ended so; stop. */
export const MESSAGE_KINDS = ['offer', 'status', 'closing', 'cancel'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** Something that must be said to one organization about one version of one Task. Ids and kinds only. */
export interface Message {
  readonly kind: MessageKind;
  readonly loopId: string;
  readonly recipientOrg: string;
  readonly taskId: string;
  readonly taskVersion: number;
}

interface MessageRow {
  id: string;
  loop_id: string;
  kind: string;
  recipient_org: string;
  task_id: string;
  task_version: number;
  status: string;
  created_at: string;
  settled_at: string | null;
}

const messageRows: RowWriter<MessageRow> = insertInto('delivery', {
  id: 'uuid',
  loop_id: 'text',
  kind: 'text',
  recipient_org: 'text',
  task_id: 'text',
  task_version: 'int',
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
  const id = sink.newId();
  const now = sink.now.toISOString();
  sink.add(messageRows, { ...rowOf(message, id, now), status: 'pending', settled_at: null });
  sink.add(outboxRows, { id: sink.newId(), kind: 'deliver', subject_id: id, available_at: now });
  sink.add(announcements, { channel: OUTBOX_CHANNEL, payload: '' });
}

/** Records a message whose recipient knows already, because it is this hub's own organization. */
export function noteSaid(sink: RowSink, message: Message): void {
  const now = sink.now.toISOString();
  sink.add(messageRows, { ...rowOf(message, sink.newId(), now), status: 'delivered', settled_at: now });
}

function rowOf(message: Message, id: string, now: string): Omit<MessageRow, 'status' | 'settled_at'> {
  return {
    id,
    loop_id: message.loopId,
    kind: message.kind,
    recipient_org: message.recipientOrg,
    task_id: message.taskId,
    task_version: message.taskVersion,
    created_at: now,
  };
}
