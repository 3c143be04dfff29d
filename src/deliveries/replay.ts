import { announcements } from '../db/announce.ts';
import type { Caller } from '../fhir/caller.ts';
import { unlessRestricted } from '../fhir/sharing/restricted.ts';
import { type Store, transact } from '../fhir/store/transact.ts';
import { LOOP_MARK } from '../loops/projection/store.ts';
import { OUTBOX_CHANNEL, outboxRows } from '../outbox/outbox.ts';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * Sends a message about a referral that was rejected or given up once more, from the start of its schedule. What a
 * subscriber was to be told is sent when the subscription is asked for anew.
 * @returns whether there was such a delivery
 */
export async function replay(store: Store, caller: Caller, deliveryId: string): Promise<boolean> {
  if (!UUID.test(deliveryId)) return false;
  return transact(store, caller, async (unit) => {
    const [row] = await unit.tx.query<{ loop_id: string }>(
      `UPDATE delivery SET status = 'pending', settled_at = NULL, next_at = NULL, schedule_from = attempts WHERE id = $1 AND status IN ('rejected', 'dead')
       AND EXISTS (SELECT 1 FROM loop WHERE loop.id = delivery.loop_id${unlessRestricted(caller, 'loop')}) RETURNING loop_id`,
      [deliveryId],
    );
    if (!row) return false;
    unit.add(outboxRows, {
      id: unit.newId(),
      kind: 'deliver',
      subject_id: deliveryId,
      available_at: unit.now.toISOString(),
    });
    unit.add(announcements, { channel: OUTBOX_CHANNEL, payload: '' });
    unit.mark(LOOP_MARK, row.loop_id);
    return true;
  });
}
