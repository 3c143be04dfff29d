import type { ServiceRequest, Task, TaskOutput } from '@medplum/fhirtypes';
import { organizationBehind } from '../directory/directory.ts';
import { idOf } from '../fhir/references.ts';
import type { UnitOfWork } from '../fhir/unit-of-work.ts';
import { rollUp } from '../loops/roll-up.ts';
import { LOOP_MARK } from '../loops/store.ts';
import { asBusinessStatus, isTerminal, type Progress, progressOf, type TaskStatus } from '../loops/words.ts';
import { askNext, legsOf, ownerId } from './ask-next.ts';
import {
  putByHub,
  type ReferralDeps,
  recordConsequence,
  type StoredTask,
  sameStatus,
  tellOwner,
  tellSender,
} from './task-changes.ts';
import { saysTheSame } from './task-fields.ts';

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
  if (isWithdrawn(root) && !isWithdrawn(before)) await stopLegs(unit, deps, root);
  if (wantsCancel(root) && !wantsCancel(before)) await askLegsToStop(unit, deps, root);
  tellAddressee(unit, deps, before, root);
  await tellSenderIfNews(unit, deps, before, root);
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
  const root = await unit.lock<Task>('Task', loopId);
  if (!root) return;
  const ended = before.status !== leg.status && (leg.status === 'rejected' || leg.status === 'failed');
  if (ended && !isTerminal(root.status) && !wantsCancel(root)) await askAnother(unit, deps, root);
  await bringUp(unit, deps, root);
}

async function askAnother(unit: UnitOfWork, deps: ReferralDeps, root: StoredTask): Promise<void> {
  const id = idOf('ServiceRequest', root.focus);
  const request = id ? await unit.find<ServiceRequest>('ServiceRequest', id) : undefined;
  if (request) await askNext(unit, deps, root, request);
}

/** Rolls the legs up into the root Task and tells the sender what is new. */
async function bringUp(unit: UnitOfWork, deps: ReferralDeps, root: StoredTask): Promise<void> {
  const legs = await legsOf(unit, root.id);
  const { status, progress } = rolledUp(root, legs);
  const outputs = legs.flatMap((leg) => leg.output ?? []);
  const next = withoutUndefined({
    ...root,
    status,
    businessStatus:
      progress === undefined ? root.businessStatus : progress === null ? undefined : asBusinessStatus(progress),
    output: merged(root.output, outputs),
    ...(status === 'cancelled' ? { statusReason: legs.at(-1)?.statusReason } : {}),
  });
  if (saysTheSame(root, next)) return;
  const written = await putByHub(unit, next);
  recordRollUp(unit, deps, root, written);
  await tellSenderIfNews(unit, deps, root, written);
}

/** A request to cancel that all legs have answered ends the referral; otherwise the legs say where it stands. */
function rolledUp(
  root: StoredTask,
  legs: readonly StoredTask[],
): { status: TaskStatus; progress: Progress | null | undefined } {
  const stopped =
    wantsCancel(root) &&
    legs.every((leg) => isTerminal(leg.status)) &&
    !legs.some(({ status }) => status === 'completed');
  if (stopped && !isTerminal(root.status)) return { status: 'cancelled', progress: null };
  const rolled = rollUp(root.status as TaskStatus, legs.map(legState));
  return wantsCancel(root) && !isTerminal(rolled.status) ? { ...rolled, progress: 'cancel-requested' } : rolled;
}

function legState(leg: StoredTask): { status: TaskStatus; progress: string | undefined; hasOutput: boolean } {
  return { status: leg.status as TaskStatus, progress: progressOf(leg), hasOutput: (leg.output ?? []).length > 0 };
}

/** The root follows the strict table too: what its legs skipped over is recorded as implied. */
function recordRollUp(unit: UnitOfWork, deps: ReferralDeps, before: StoredTask, after: StoredTask): void {
  if (before.status === after.status) {
    if (progressOf(before) !== progressOf(after)) recordConsequence(unit, deps, after.id, after, [sameStatus(after)]);
    return;
  }
  const from = before.status as TaskStatus;
  const to = after.status as TaskStatus;
  const implied = from === 'requested' && (to === 'in-progress' || to === 'completed');
  if (implied)
    recordConsequence(unit, deps, after.id, after, [
      { from, to: 'accepted', implied: true },
      { from: 'accepted', to, implied: false },
    ]);
  else recordConsequence(unit, deps, after.id, after, [{ from, to, implied: false }]);
}

async function tellSenderIfNews(
  unit: UnitOfWork,
  deps: ReferralDeps,
  before: StoredTask,
  root: StoredTask,
): Promise<void> {
  if (!isNews(before, root) || endedUntold(root)) return;
  const sender = await organizationBehind(unit, root.requester?.reference);
  if (sender) tellSender(unit, deps, sender, root);
}

/** Completed, but what was done is not here yet: the sender hears of it when it can read it. */
function endedUntold(root: Task): boolean {
  return root.status === 'completed' && (root.output ?? []).length === 0;
}

/** What a sender waits to hear: status, progress, reason, outcome. */
function isNews(before: Task, after: Task): boolean {
  const told = ({ status, businessStatus, statusReason, output }: Task): string =>
    JSON.stringify([status, businessStatus, statusReason, output]);
  return told(before) !== told(after);
}

/** Cancelling before work began needs nobody's consent: each leg is cancelled and its organization told. */
async function stopLegs(unit: UnitOfWork, deps: ReferralDeps, root: StoredTask): Promise<void> {
  for (const leg of await legsOf(unit, root.id)) {
    if (isTerminal(leg.status)) continue;
    const reason = root.statusReason ?? {
      text: root.status === 'entered-in-error' ? 'Sent in error' : 'Cancelled by the sender',
    };
    const stopped = await putByHub(unit, { ...leg, status: 'cancelled', statusReason: reason });
    recordConsequence(unit, deps, root.id, stopped, [
      { from: leg.status as TaskStatus, to: 'cancelled', implied: false },
    ]);
    tellOwner(unit, 'cancel', root.id, stopped, ownerId(leg));
  }
}

/** After work began cancelling is a request: each organization is asked, and answers with cancelled or completed. */
async function askLegsToStop(unit: UnitOfWork, deps: ReferralDeps, root: StoredTask): Promise<void> {
  for (const leg of await legsOf(unit, root.id)) {
    if (isTerminal(leg.status)) continue;
    const asked = await putByHub(unit, { ...leg, businessStatus: asBusinessStatus('cancel-requested') });
    recordConsequence(unit, deps, root.id, asked, [sameStatus(asked)]);
    tellOwner(unit, 'cancel', root.id, asked, ownerId(leg));
  }
}

function isWithdrawn(root: Task): boolean {
  return root.status === 'cancelled' || root.status === 'entered-in-error';
}

function wantsCancel(task: Task): boolean {
  return progressOf(task) === 'cancel-requested';
}

function merged(known: TaskOutput[] | undefined, added: TaskOutput[]): TaskOutput[] | undefined {
  const texts = new Set((known ?? []).map((each) => JSON.stringify(each)));
  const all = [...(known ?? []), ...added.filter((each) => !texts.has(JSON.stringify(each)))];
  return all.length > 0 ? all : undefined;
}

function withoutUndefined(task: Record<string, unknown>): StoredTask {
  return Object.fromEntries(Object.entries(task).filter(([, value]) => value !== undefined)) as unknown as StoredTask;
}
