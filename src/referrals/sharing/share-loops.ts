import type { ServiceRequest } from '@medplum/fhirtypes';
import { organizationBehind } from '../../directory/directory.ts';
import { idOf } from '../../fhir/references.ts';
import { endOthers, endShares } from '../../fhir/sharing/end-shares.ts';
import { share } from '../../fhir/sharing/share.ts';
import type { Share } from '../../fhir/sharing/shared.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { lockLoop } from '../../loops/projection/store.ts';
import { isReferralTask, isTerminal } from '../../loops/words.ts';
import { ownerId } from '../ask-next.ts';
import type { ReferralDeps, StoredTask } from '../task-changes.ts';
import { givable } from './givable.ts';
import { minimumSet, type Needed } from './minimum-set.ts';
import { DEFAULT_SHARING, type EndStatus } from './policy.ts';
import { shareOutcomes } from './share-outcomes.ts';
import { loopOf, senderOf } from './sides.ts';
import { clientsTrimmed, shownOf } from './trim-clients.ts';

const DAY_MS = 86_400_000;

/**
 * Who may read what follows from where the Tasks of a loop stand, whichever door brought them there: who is asked reads
 * what it needs, who asks reads what came of it, and who is no longer asked keeps what the policy leaves it.
 */
export function shareLoops(deps: ReferralDeps): FinishRule {
  return async (unit) => {
    for (const { type, before, after } of [...unit.changes]) {
      if (type !== 'Task' || !after || before === after) continue;
      const task = after as StoredTask;
      // A draft asks nobody yet.
      if (!isReferralTask(task) || task.status === 'draft') continue;
      const was = before as StoredTask | undefined;
      if (begins(was, task)) await offer(unit, deps, task);
      else if (was && !(await wasSent(unit, was))) continue;
      await follow(unit, deps, was, task);
    }
  };
}

function begins(before: StoredTask | undefined, task: StoredTask): boolean {
  return !before || (before.status === 'draft' && task.status === 'requested');
}

/** A draft that is withdrawn has no loop, and is nobody else's business: neither then nor later. */
async function wasSent(unit: UnitOfWork, { id, status }: StoredTask): Promise<boolean> {
  if (status === 'entered-in-error') return lockLoop(unit, id);
  return status !== 'draft';
}

async function follow(
  unit: UnitOfWork,
  deps: ReferralDeps,
  before: StoredTask | undefined,
  task: StoredTask,
): Promise<void> {
  await shareOutcomes(unit, deps, before, task);
  if (isTerminal(task.status) && !(before && isTerminal(before.status))) await end(unit, deps, task);
}

/** Who sent it may read it whoever wrote it down; who is asked reads what it needs. */
async function offer(unit: UnitOfWork, deps: ReferralDeps, task: StoredTask): Promise<void> {
  const request = await unit.find<ServiceRequest>('ServiceRequest', idOf('ServiceRequest', task.focus) ?? '', BY_HUB);
  if (!request) return;
  if (!task.partOf?.length) await shareWithSender(unit, task, request);
  await shareAsked(unit, deps, task, request);
}

/** Shares with who is asked what it needs for what is asked. @returns that, as far as its sender may pass it on */
async function shareAsked(
  unit: UnitOfWork,
  deps: ReferralDeps,
  task: StoredTask,
  request: Stored<ServiceRequest>,
): Promise<readonly Needed[]> {
  const receiver = ownerId(task);
  if (receiver === deps.hubOrg) return [];
  const sender = await senderOf(unit, task);
  const trimmed = await clientsTrimmed(unit, deps, task);
  const needed = await givable(unit, sender, minimumSet(task, request));
  for (const each of needed) share(unit, { ...sharing(task, receiver, each), shown: shownOf(each.type, trimmed) });
  return needed;
}

/** Who is asked for something else now reads what it needs for that, and no more what it does not need any more. */
export async function shareAnew(
  unit: UnitOfWork,
  deps: ReferralDeps,
  task: StoredTask,
  request: Stored<ServiceRequest>,
): Promise<void> {
  const needed = await shareAsked(unit, deps, task, request);
  await endOthers(unit, { taskId: task.id, organizationId: ownerId(task), needed, because: 'not-asked' });
}

async function shareWithSender(unit: UnitOfWork, root: StoredTask, request: Stored<ServiceRequest>): Promise<void> {
  const sender = await organizationBehind(unit, root.requester?.reference);
  if (!sender || sender === unit.caller.organizationId) return;
  for (const each of minimumSet(root, request)) {
    if (each.reason === 'task' || each.reason === 'request' || each.reason === 'client')
      share(unit, sharing(root, sender, each));
  }
}

function sharing(
  task: StoredTask,
  organizationId: string,
  { type, id, reason }: Pick<Share, 'type' | 'id' | 'reason'>,
): Share {
  const client = idOf('Patient', task.for);
  return { type, id, reason, organizationId, taskId: task.id, loopId: loopOf(task), client };
}

async function end(unit: UnitOfWork, deps: ReferralDeps, task: StoredTask): Promise<void> {
  const organizationId = ownerId(task);
  if (organizationId === deps.hubOrg) return;
  const { keeps, days } = DEFAULT_SHARING[task.status as EndStatus];
  const at = days > 0 ? new Date(unit.now.getTime() + days * DAY_MS) : undefined;
  await endShares(unit, { taskId: task.id, organizationId, keeps, at, because: task.status });
}
