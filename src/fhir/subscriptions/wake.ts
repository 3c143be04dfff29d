import { notify } from '../../outbox/messages.ts';
import { finish } from '../../outbox/outbox.ts';
import type { Caller } from '../caller.ts';
import { type Store, transact } from '../store/transact.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';
import { lockSubscription, type SubscriptionRow } from './rows.ts';
import { heartbeatDue } from './terms/life-cycle.ts';
import { setTimer, turnOff } from './turns.ts';

/**
 * Does what the clock asks of a subscription: says that the hub is still there, or ends it. Once for each time that is
 * due, however many workers are told and however often.
 */
export async function wakeSubscription(store: Store, hub: Caller, timer: string): Promise<void> {
  await transact(store, hub, async (unit) => {
    const [known] = await unit.tx.query<{ id: string }>('SELECT id FROM subscription WHERE timer = $1', [timer]);
    if (!known) return finish(unit.tx, timer);
    await unit.lock('Subscription', known.id);
    const row = await lockSubscription(unit.tx, known.id);
    if (!row) return finish(unit.tx, timer);
    if (row.endsAt && row.endsAt <= unit.now) return turnOff(unit, row, 'The end of this Subscription was reached.');
    await setTimer(unit, isDue(row, unit.now) ? await beat(unit, row) : row);
  });
}

function isDue(row: SubscriptionRow, now: Date): boolean {
  const due = heartbeatDue(row);
  return due !== undefined && due <= now;
}

/** Says that the hub is still there, unless something else is on its way. */
async function beat(unit: UnitOfWork, row: SubscriptionRow): Promise<SubscriptionRow> {
  const { id, ownerOrg, round } = row;
  const underWay = await unit.tx.query('SELECT 1 FROM delivery WHERE lane = $1 AND settled_at IS NULL LIMIT 1', [
    `Subscription/${id}`,
  ]);
  if (underWay.length === 0) notify(unit, { kind: 'heartbeat', subscriptionId: id, recipientOrg: ownerOrg, round });
  await unit.tx.query('UPDATE subscription SET last_sent_at = $2 WHERE id = $1', [id, unit.now]);
  return { ...row, lastSentAt: unit.now };
}
