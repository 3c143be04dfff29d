import { transact } from '../../fhir/store/transact.ts';
import { legsOf, ownerId } from '../ask-next.ts';
import { offerLeg } from '../offer-leg.ts';
import { putByHub, recordSteps } from '../task-changes.ts';
import { bringUp } from '../updates/bring-up.ts';
import { withdrawLeg } from '../withdraw-leg.ts';
import { type Context, openRoot, requestOf } from './open-loop.ts';

/**
 * A case manager takes a referral on: the hub's own people do it, and say how it goes and how it ended like any agency.
 * Who has not answered is asked no more; who has accepted goes on with its part.
 * @returns the id of the hub's own Task
 * @throws AppError when the loop has ended, is not the hub's to place, or the hub has taken it on already
 */
export async function takeOn(context: Context, loopId: string): Promise<string> {
  const { referrals } = context;
  return transact(context.store, context.caller, async (unit) => {
    const root = await openRoot(unit, referrals, loopId);
    const legs = await legsOf(unit, loopId);
    const known = legs.find((leg) => ownerId(leg) === referrals.hubOrg && ONGOING.has(leg.status ?? ''));
    if (known) return known.id;
    const reason = { text: 'The case manager has taken it on.' };
    for (const leg of legs) if (leg.status === 'requested') await withdrawLeg(unit, referrals, root.id, leg, reason);
    const offered = await offerLeg(unit, referrals, root, await requestOf(unit, root), referrals.hubOrg);
    const taken = await putByHub(unit, { ...offered, status: 'accepted' });
    recordSteps(unit, root.id, taken, [{ from: 'requested', to: 'accepted', implied: false }]);
    await bringUp(unit, referrals, root);
    return taken.id;
  });
}

const ONGOING: ReadonlySet<string> = new Set(['accepted', 'in-progress', 'on-hold']);
