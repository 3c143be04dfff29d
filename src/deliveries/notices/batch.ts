import type { Sql } from '../../db/database.ts';
import { RowBuffer } from '../../db/row-writer.ts';
import type { Range } from '../../fhir/subscriptions/events/load-events.ts';
import type { SubscriptionRow } from '../../fhir/subscriptions/rows.ts';
import { notify, type RowSink } from '../../outbox/messages.ts';

/**
 * Hands the next events of a subscription, whose row is held, to a delivery for good. What is left over is the next
 * delivery's.
 * @returns undefined when there are none
 */
export async function takeBatch(
  tx: Sql,
  deliveryId: string,
  row: SubscriptionRow,
  maxCount: number,
  sink: Pick<RowSink, 'now' | 'newId'>,
): Promise<Range | undefined> {
  const [next] = await tx.query<{ from: number | null; to: number | null }>(NEXT_BATCH_SQL, [
    row.id,
    row.batchedThrough,
    maxCount,
  ]);
  const from = next?.from ?? undefined;
  const to = next?.to ?? row.events;
  const more = to < row.events;
  await tx.query('UPDATE subscription SET batched_through = $2, queued = $3 WHERE id = $1', [row.id, to, more]);
  if (from === undefined) return undefined;
  await tx.query('UPDATE delivery SET event_from = $2, event_to = $3 WHERE id = $1', [deliveryId, from, to]);
  if (more) await queueNext(tx, row, sink);
  return { from, to, limit: maxCount };
}

export const NEXT_BATCH_SQL = `
  SELECT min(number)::float8 AS "from", max(number)::float8 AS "to"
  FROM (SELECT number FROM subscription_event WHERE subscription_id = $1 AND number > $2 ORDER BY number LIMIT $3) AS next`;

async function queueNext(tx: Sql, row: SubscriptionRow, { now, newId }: Pick<RowSink, 'now' | 'newId'>): Promise<void> {
  const rows = new RowBuffer();
  const sink: RowSink = { now, newId, add: (writer, each) => rows.add(writer, each) };
  notify(sink, { kind: 'notification', subscriptionId: row.id, recipientOrg: row.ownerOrg, round: row.round });
  await rows.flush((text, values) => tx.query(text, values));
}
