import type { ConsentPolicy } from '../../access/consent/policy.ts';
import { hubOf, type Store, transact } from '../../fhir/store/transact.ts';
import { reconsider } from './reconsider.ts';

const AT_ONCE = 200;
export const DUE_SQL = `
  SELECT client FROM share WHERE ended_at IS NULL AND decide_again_at <= $1 ORDER BY decide_again_at LIMIT ${AT_ONCE}`;

/**
 * Decides anew where a period of a Consent has begun or is over. Until it has been here, what was permitted until then is
 * not read (`resource.readers_until`). Several processes may do so at once.
 * @returns of how many clients
 */
export async function reconsiderDue(store: Store, policy: ConsentPolicy): Promise<number> {
  const due = await store.db.query<{ client: string | null }>(DUE_SQL, [store.now()]);
  const clients = new Set(due.flatMap(({ client }) => client ?? []));
  for (const client of clients) {
    await transact(store, { kind: 'hub', organizationId: hubOf(store) }, (unit) =>
      reconsider(unit, policy, { clients: [client], because: 'consent-ended' }),
    );
  }
  return clients.size;
}
