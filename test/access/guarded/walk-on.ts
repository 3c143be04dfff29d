import { eventually } from '../../support/eventually.ts';
import type { TestHub } from '../../support/hub.ts';
import { openHook, subscribe } from '../../support/subscriber.ts';
import type { Verdicts } from '../matrix/tally.ts';
import { walkGuarded } from './matrix.ts';
import { addGuardedOrganizations, type GuardedNetwork, type Plot, tellGuarded } from './stories.ts';

export interface Walked {
  readonly plots: readonly Plot[];
  /** Whether every interaction is tried at every resource. */
  readonly thorough?: boolean;
  /** What happens behind the hub's back before it is walked. */
  readonly tamper?: (network: GuardedNetwork) => Promise<void>;
}

/**
 * Tells stories of labels and consents on a hub of their own, and walks them.
 * @param hub with workers, and the policy of `guardedPolicy`
 */
export async function walkGuardedOn(hub: TestHub, { plots, thorough = false, tamper }: Walked): Promise<Verdicts> {
  const hook = await openHook();
  try {
    const network = await addGuardedOrganizations(hub);
    const subscribed = new Map<string, string>();
    for (const partner of [...network.hospitals, ...network.agencies])
      subscribed.set(partner.id, (await subscribe(hub, partner, hook.url)).id);
    await tellGuarded(hub, network, plots);
    await nothingIsDue(hub);
    await tamper?.(network);
    return await walkGuarded(hub, network, subscribed, thorough);
  } finally {
    await hook.close();
  }
}

/** What is still on its way writes some resources once more, and with them what was tampered with. */
function nothingIsDue({ deps }: TestHub): Promise<void> {
  const due = 'SELECT kind FROM outbox WHERE relayed_at IS NOT NULL OR available_at <= now()';
  const look = async (): Promise<void> => {
    const [first] = await deps.db.query<{ kind: string }>(due);
    if (first) throw new Error(`Still on its way: ${first.kind}`);
  };
  return eventually(look, { timeoutMs: 60_000 });
}
