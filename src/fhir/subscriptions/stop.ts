import type { UnitOfWork } from '../store/unit-of-work.ts';
import { lockSubscription } from './rows.ts';
import { turnOff } from './turns.ts';

/**
 * Ends what a program has asked to be told of: from this commit on nothing is sent, what waits to be sent neither.
 * @param reason for people, as `Subscription.error`
 */
export async function stopSubscriptionsOf(unit: UnitOfWork, clientId: string, reason: string): Promise<void> {
  const rows = await unit.tx.query<{ id: string }>(
    `SELECT id FROM subscription WHERE client_id = $1 AND status <> 'off' ORDER BY id`,
    [clientId],
  );
  for (const { id } of rows) {
    // Always in this order: the Subscription, then its row.
    await unit.lock('Subscription', id);
    const row = await lockSubscription(unit.tx, id);
    if (row) await turnOff(unit, row, reason);
  }
}
