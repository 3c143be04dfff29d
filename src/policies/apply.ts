import type { Sql } from '../db/database.ts';
import type { Store } from '../fhir/store/transact.ts';
import type { Policies } from '../loops/policy/policy.ts';
import { type GoesOn, reprojectByPolicies } from '../loops/projection/reproject.ts';

interface ApplyDeps {
  readonly store: Store;
  readonly policies: Policies;
}

/** Says that these policies hold from now on: those of who has started last do. Several processes may do so at once. */
export async function startWithPolicies({ store, policies }: ApplyDeps): Promise<void> {
  await store.db.transaction(async (tx) => {
    await tx.query('LOCK TABLE policy_start IN EXCLUSIVE MODE');
    if ((await lastStarted(tx)) === policies.digest) return;
    await tx.query('INSERT INTO policy_start (digest, at) VALUES ($1, $2)', [policies.digest, store.now()]);
  });
}

/**
 * Applies the policies of this process to open loops, unless one has started since with others: while processes are
 * exchanged one by one, the earlier do not undo what the later have done.
 * @returns how many loops there were
 */
export async function applyPolicies({ store, policies }: ApplyDeps, goesOn: GoesOn = () => true): Promise<number> {
  const holds = async (): Promise<boolean> => (await goesOn()) && (await lastStarted(store.db)) === policies.digest;
  return reprojectByPolicies(store, policies.digest, holds);
}

async function lastStarted(sql: Sql): Promise<string | undefined> {
  const [last] = await sql.query<{ digest: string }>('SELECT digest FROM policy_start ORDER BY id DESC LIMIT 1');
  return last?.digest;
}
