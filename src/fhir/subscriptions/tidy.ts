import type { Caller } from '../caller.ts';
import { type Store, transact } from '../store/transact.ts';
import { lockSubscription } from './rows.ts';
import { turnOff } from './turns.ts';

const DAY_MS = 86_400_000;
const AT_ONCE = 5_000;

/**
 * Clears away what nobody will ask for any more: events older than `days` that were told, or that nobody waits for, and
 * deliveries of notifications as old. Subscriptions that nobody has mended for as long are switched off.
 * @returns how many events were removed
 */
export async function tidySubscriptions(store: Store, hub: Caller, days: number): Promise<number> {
  const before = new Date(store.now().getTime() - days * DAY_MS);
  await switchOffBroken(store, hub, before);
  await removeInParts(store, DELIVERIES_SQL, before);
  return removeInParts(store, EVENTS_SQL, before);
}

async function switchOffBroken(store: Store, hub: Caller, before: Date): Promise<void> {
  const broken = await store.db.query<{ id: string }>(
    `SELECT id FROM subscription WHERE status = 'error' AND failed_at < $1`,
    [before],
  );
  for (const { id } of broken) {
    await transact(store, hub, async (unit) => {
      await unit.lock('Subscription', id);
      const row = await lockSubscription(unit.tx, id);
      if (row?.status === 'error') await turnOff(unit, row, GIVEN_UP);
    });
  }
}

const GIVEN_UP =
  'Notifications could not be delivered for so long that events are no longer kept. Update the Subscription with the status requested to be told from then on.';

async function removeInParts(store: Store, sql: string, before: Date): Promise<number> {
  for (let removed = 0; ; ) {
    const [row] = await store.db.query<{ count: number }>(sql, [before, AT_ONCE]);
    removed += row?.count ?? 0;
    if ((row?.count ?? 0) < AT_ONCE) return removed;
  }
}

/** What a subscription still has to tell is kept, however old. */
const EVENTS_SQL = `
  WITH old AS (
    SELECT e.subscription_id, e.number FROM subscription_event e JOIN subscription s ON s.id = e.subscription_id
    WHERE e.occurred_at < $1 AND (s.status = 'off' OR e.number <= s.delivered_through) LIMIT $2),
  gone AS (DELETE FROM subscription_event e USING old WHERE e.subscription_id = old.subscription_id AND e.number = old.number
           RETURNING 1)
  SELECT count(*)::int AS count FROM gone`;

const DELIVERIES_SQL = `
  WITH old AS (SELECT id FROM delivery WHERE subscription_id IS NOT NULL AND settled_at < $1 LIMIT $2),
  tries AS (DELETE FROM attempt WHERE delivery_id IN (SELECT id FROM old) RETURNING 1),
  gone AS (DELETE FROM delivery WHERE id IN (SELECT id FROM old) RETURNING 1)
  SELECT count(*)::int AS count FROM gone`;
