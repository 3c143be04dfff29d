import { activeOf } from '../../directory/directory.ts';
import { transact } from '../../fhir/store/transact.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isTerminal } from '../../loops/words.ts';
import { legsOf, ownerId } from '../ask-next.ts';
import { offerLeg } from '../offer-leg.ts';
import { type Context, openRoot, refused, requestOf } from './open-loop.ts';

/**
 * How several organizations are asked: `parallel`, each for its part, and the referral ends when all parts have; `open`,
 * all for the same, and the first that accepts has it.
 */
export const OFFER_MODES = ['parallel', 'open'] as const;
export type OfferMode = (typeof OFFER_MODES)[number];

/**
 * A case manager asks one more organization, or several at once.
 * @returns the ids of the new Tasks, in the order of the organizations
 * @throws AppError when the loop has ended, or an organization is unknown or being asked
 */
export async function offerByHand(
  context: Context,
  loopId: string,
  organizationIds: readonly string[],
  mode: OfferMode,
): Promise<string[]> {
  return transact(context.store, context.caller, async (unit) => {
    const root = await openRoot(unit, context.referrals, loopId);
    await requireAskable(unit, loopId, organizationIds);
    const request = await requestOf(unit, root);
    const group = mode === 'open' && organizationIds.length > 1 ? unit.newId() : undefined;
    const ids: string[] = [];
    for (const organizationId of organizationIds)
      ids.push((await offerLeg(unit, context.referrals, root, request, organizationId, group)).id);
    return ids;
  });
}

async function requireAskable(unit: UnitOfWork, loopId: string, organizationIds: readonly string[]): Promise<void> {
  const asked = (await legsOf(unit, loopId)).filter(({ status }) => !isTerminal(status)).map(ownerId);
  const active = await activeOf(unit.tx, organizationIds);
  for (const organizationId of organizationIds) {
    if (organizationId === unit.hubOrg)
      throw refused('referral.hub-itself', 'This is the hub itself: take the referral on instead.', 'organizationId');
    if (!(await unit.find('Organization', organizationId)))
      throw refused('referral.unknown-receiver', `There is no Organization/${organizationId} here.`, 'organizationId');
    if (!active.has(organizationId))
      throw refused(
        'referral.receiver-gone',
        `Organization/${organizationId} is not active any more: ask another.`,
        'organizationId',
      );
    if (asked.includes(organizationId))
      throw refused('referral.being-asked', 'This organization is being asked already.', 'organizationId');
  }
}
