import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { asBusinessStatus, isTerminal } from '../../loops/words.ts';
import { legsOf, ownerId } from '../ask-next.ts';
import {
  putByHub,
  type ReferralDeps,
  recordConsequence,
  type StoredTask,
  sameStatus,
  tellOwner,
} from '../task-changes.ts';
import { withdrawLeg } from '../withdraw-leg.ts';
import { askOwner, openRequests } from './stop-tasks.ts';

/** Work that was agreed and not begun is stopped without asking. */
const NOT_BEGUN: ReadonlySet<string> = new Set(['requested', 'accepted']);

/**
 * The sender wants a referral stopped that has begun: each organization at work is asked, and answers; who has not begun
 * is simply asked no more.
 */
export async function askToStop(unit: UnitOfWork, deps: ReferralDeps, root: StoredTask): Promise<void> {
  const [known] = await openRequests(unit, 'abort', root.id);
  const stop = known ?? (await askOwner(unit, deps, 'abort', root));
  if (ownerId(root) !== deps.hubOrg) return;
  for (const leg of await legsOf(unit, root.id)) {
    if (isTerminal(leg.status)) continue;
    const reason = root.statusReason ?? { text: 'Cancelled by the sender' };
    if (NOT_BEGUN.has(leg.status ?? '')) await withdrawLeg(unit, deps, root.id, leg, reason);
    else await askLeg(unit, deps, root, leg, stop);
  }
}

async function askLeg(
  unit: UnitOfWork,
  deps: ReferralDeps,
  root: StoredTask,
  leg: StoredTask,
  stop: StoredTask,
): Promise<void> {
  const asked = await putByHub(unit, { ...leg, businessStatus: asBusinessStatus('cancel-requested') });
  recordConsequence(unit, deps, root.id, asked, [sameStatus(asked)]);
  tellOwner(unit, 'cancel', root.id, asked, ownerId(leg));
  const why = root.statusReason ? { statusReason: root.statusReason } : {};
  await askOwner(unit, deps, 'abort', { ...asked, ...why }, stop);
}
