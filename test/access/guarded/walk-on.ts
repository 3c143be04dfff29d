import type { TestHub } from '../../support/hub.ts';
import { openHook, subscribe } from '../../support/subscriber.ts';
import type { Verdicts } from '../matrix/tally.ts';
import { walkGuarded } from './matrix.ts';
import { addGuardedOrganizations, plotsOf, tellGuarded } from './stories.ts';

/**
 * Tells the stories of labels and consents on a hub of its own, and walks them.
 * @param hub with workers, and the policy of `guardedPolicy`
 * @param thorough all turns of the stories, and every interaction at every resource
 */
export async function walkGuardedOn(hub: TestHub, thorough: boolean): Promise<Verdicts> {
  const hook = await openHook();
  try {
    const network = await addGuardedOrganizations(hub);
    const subscribed = new Map<string, string>();
    for (const partner of [...network.hospitals, ...network.agencies])
      subscribed.set(partner.id, (await subscribe(hub, partner, hook.url)).id);
    await tellGuarded(hub, network, plotsOf(thorough ? ALL_TURNS : 1));
    return await walkGuarded(hub, network, subscribed, thorough);
  } finally {
    await hook.close();
  }
}

const ALL_TURNS = 6;
