import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { idOf } from '../../fhir/references.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { LOOP_MARK } from '../../loops/projection/store.ts';
import { isTerminal, outcomeNamed, wantsCancel } from '../../loops/words.ts';
import { askNext, legsOf, ownerId, sameOffer } from '../ask-next.ts';
import { followTask } from '../request/follow-task.ts';
import { askToStop } from '../stops/ask-to-stop.ts';
import { askOwner } from '../stops/stop-tasks.ts';
import { type ReferralDeps, type StoredTask, tellOwner } from '../task-changes.ts';
import { withdrawLeg } from '../withdraw-leg.ts';
import { bringUp } from './bring-up.ts';
import { TAKEN_BY_ANOTHER } from './taken.ts';
import { saysTheSame } from './task-fields.ts';
import { tellSenderIfNews } from './tell-sender.ts';

/** Carries a change of one Task on to the other Tasks of its loop and to the organizations concerned. */
export async function carryOn(
  unit: UnitOfWork,
  deps: ReferralDeps,
  loopId: string,
  before: StoredTask,
  after: StoredTask,
): Promise<void> {
  unit.mark(LOOP_MARK, loopId);
  if (after.id === loopId) await fromRoot(unit, deps, before, after);
  else await fromLeg(unit, deps, loopId, before, after);
}

/** The sender (or the agency it addressed) changed the referral itself. */
async function fromRoot(unit: UnitOfWork, deps: ReferralDeps, before: StoredTask, root: StoredTask): Promise<void> {
  if (isTerminal(root.status) && !isTerminal(before.status)) await stopLegs(unit, deps, root);
  const asks = wantsCancel(root) && !wantsCancel(before) && !isTerminal(root.status);
  if (asks) await askToStop(unit, deps, root);
  tellAddressee(unit, deps, before, root);
  await followTask(unit, deps, before, root);
  // It may be that nobody is left who would have to stop.
  if (asks && ownerId(root) === deps.hubOrg) await bringUp(unit, deps, root);
  const now = (await unit.find<Task>('Task', root.id, BY_HUB)) ?? root;
  // Whoever brought it up has told the sender, if that changed it.
  if (saysTheSame(now, root)) tellSenderIfNews(unit, before, root);
}

/** An agency that a sender addressed directly hears from the hub that it is to stop, when somebody else says so. */
function tellAddressee(unit: UnitOfWork, deps: ReferralDeps, before: StoredTask, root: StoredTask): void {
  const owner = ownerId(root);
  const stops = (isWithdrawn(root) && !isWithdrawn(before)) || (wantsCancel(root) && !wantsCancel(before));
  if (stops && owner !== deps.hubOrg && owner !== unit.caller.organizationId)
    tellOwner(unit, 'cancel', root.id, root, owner);
}

/** An agency changed its leg: the next one may have to be asked, and the sender sees the whole. */
async function fromLeg(
  unit: UnitOfWork,
  deps: ReferralDeps,
  loopId: string,
  before: StoredTask,
  leg: StoredTask,
): Promise<void> {
  const root = await unit.lock<Task>('Task', loopId, BY_HUB);
  if (!root) return;
  await tellAsked(unit, deps, loopId, before, leg);
  const others = await sameOffer(unit, leg);
  if (before.status === 'requested' && TAKEN.has(leg.status ?? '')) await withdrawOthers(unit, deps, loopId, others);
  const left = before.status !== leg.status && isLeft(unit, before, leg) && others.length === 0;
  const again = !isTerminal(root.status) && !wantsCancel(root) && !endsForClient(leg);
  if (left && again) await askAnother(unit, deps, root);
  await bringUp(unit, deps, root);
}

/** Who is asked no more for its part, or is asked to stop it, hears that of the hub, unless it has said so itself. */
async function tellAsked(
  unit: UnitOfWork,
  deps: ReferralDeps,
  loopId: string,
  before: StoredTask,
  leg: StoredTask,
): Promise<void> {
  const owner = ownerId(leg);
  if (owner === unit.caller.organizationId) return;
  const asks = wantsCancel(leg) && !wantsCancel(before);
  if (asks || (isWithdrawn(leg) && !isWithdrawn(before))) tellOwner(unit, 'cancel', loopId, leg, owner);
  if (asks) await askOwner(unit, deps, 'abort', leg);
}

/** By these who was asked has it, said or implied. */
const TAKEN: ReadonlySet<string> = new Set(['accepted', 'in-progress', 'completed']);

async function withdrawOthers(
  unit: UnitOfWork,
  deps: ReferralDeps,
  loopId: string,
  others: readonly StoredTask[],
): Promise<void> {
  for (const other of others) await withdrawLeg(unit, deps, loopId, other, TAKEN_BY_ANOTHER);
}

/**
 * Whether who was asked does not do it: it declined, failed, or cancelled by itself, be it what it had accepted. Who stops
 * because it was asked to leaves nothing that another should do.
 */
function isLeft(unit: UnitOfWork, before: StoredTask, leg: StoredTask): boolean {
  if (leg.status === 'cancelled') return unit.caller.organizationId === ownerId(leg) && !wantsCancel(before);
  return leg.status === 'rejected' || leg.status === 'failed';
}

/** Another organization would hear the same, or ask for nobody: a case manager decides. */
const OF_CLIENT: ReadonlySet<string> = new Set([
  'client-declined',
  'client-unreachable',
  'client-moved',
  'client-died',
  'duplicate',
]);

/** Whether who was asked says something of the client, and not of itself. */
function endsForClient(leg: StoredTask): boolean {
  return OF_CLIENT.has(outcomeNamed(leg) ?? '');
}

async function askAnother(unit: UnitOfWork, deps: ReferralDeps, root: StoredTask): Promise<void> {
  const id = idOf('ServiceRequest', root.focus);
  const request = id ? await unit.find<ServiceRequest>('ServiceRequest', id, BY_HUB) : undefined;
  if (request) await askNext(unit, deps, root, request);
}

/** Of what has ended nothing is asked any more: each leg is cancelled and its organization told. */
async function stopLegs(unit: UnitOfWork, deps: ReferralDeps, root: StoredTask): Promise<void> {
  const reason = root.statusReason ?? { text: WHY_OVER[root.status ?? ''] ?? 'The referral has ended.' };
  for (const leg of await legsOf(unit, root.id))
    if (!isTerminal(leg.status)) await withdrawLeg(unit, deps, root.id, leg, reason);
}

const WHY_OVER: Readonly<Record<string, string>> = {
  'entered-in-error': 'Sent in error',
  cancelled: 'Cancelled by the sender',
};

function isWithdrawn(root: Task): boolean {
  return root.status === 'cancelled' || root.status === 'entered-in-error';
}
