import { AppError } from '../errors.ts';
import { recordIn } from '../fhir/audit/record/new-entry.ts';
import type { Caller } from '../fhir/caller.ts';
import { hubOf, type Store, transact } from '../fhir/store/transact.ts';
import { stopSubscriptionsOf } from '../fhir/subscriptions/stop.ts';
import { UUID } from './clients.ts';

/** What a subscriber reads of why it is told nothing any more. */
const STOPPED =
  'The program that asked for this Subscription was revoked. Another program of its organization may ask for it anew.';

/**
 * Revokes a program for good: its tokens, and what it is told by subscription, what waits to be sent too. Every process
 * forgets it at once.
 * @param caller who revokes it
 * @throws AppError (404) when there is no such program, or it was revoked before
 */
export async function revokeClient(store: Store, caller: Caller, id: string): Promise<void> {
  const hub: Caller = { kind: 'hub', organizationId: hubOf(store) };
  await transact(store, hub, async (unit) => {
    const { tx, now } = unit;
    if (!UUID.test(id)) throw unknownClient();
    const rows = await tx.query('UPDATE client SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING id', [
      id,
      now,
    ]);
    if (rows.length === 0) throw unknownClient();
    await tx.query('UPDATE access_token SET revoked_at = $2 WHERE client_id = $1 AND revoked_at IS NULL', [id, now]);
    await stopSubscriptionsOf(unit, id, STOPPED);
    await recordIn(tx, caller, now, [{ action: 'U', interaction: 'client-revoked', about_client: id }]);
  });
}

export function unknownClient(): AppError {
  return new AppError('notFound', 'access.unknown-client', 'There is no such program here, or no more.');
}
