import type { Task } from '@medplum/fhirtypes';
import type { Caller } from '../fhir/caller.ts';
import { MAILBOX } from '../fhir/role.ts';
import type { Stored, UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { LOOP_MARK, type LoopSettings, type TransitionRow, transitionRows } from '../loops/projection/store.ts';
import type { Step } from '../loops/status/transition.ts';
import { isTerminal, reasonOf, saidProgressOf, type TaskStatus, wantsCancel } from '../loops/words.ts';
import { say } from '../outbox/messages.ts';
import { saidWhen } from './updates/said-when.ts';

export type StoredTask = Stored<Task>;

/** What the stories of this folder need beside the transaction they run in. */
export interface ReferralDeps extends LoopSettings {}

/** A step of a Task's status; the first one comes from nowhere. */
export type RecordedStep = Omit<Step, 'from'> & { readonly from: TaskStatus | null };

/** Records steps that the caller reported in the loop's timeline, and has the loop's row brought up to date. */
export function recordSteps(unit: UnitOfWork, loopId: string, task: StoredTask, steps: readonly RecordedStep[]): void {
  record(unit, unit.caller, loopId, task, steps);
}

/** Records steps that the hub made as a consequence of something else: offering, rolling up, passing a cancellation on. */
export function recordConsequence(
  unit: UnitOfWork,
  deps: ReferralDeps,
  loopId: string,
  task: StoredTask,
  steps: readonly RecordedStep[],
): void {
  record(unit, { kind: 'hub', organizationId: deps.hubOrg }, loopId, task, steps);
}

/** A step that says: new progress, same status. */
export function sameStatus(task: StoredTask): RecordedStep {
  const status = task.status as TaskStatus;
  return { from: status, to: status, implied: false };
}

const SOURCES = { client: 'fhir', operator: 'console', hub: 'hub' } as const;

/** Through which door it came. */
function sourceOf({ kind, roles, door }: Caller): TransitionRow['source'] {
  if (door === 'fetched') return 'poll';
  return roles?.includes(MAILBOX) ? MAILBOX : SOURCES[kind];
}

function record(unit: UnitOfWork, by: Caller, loopId: string, task: StoredTask, steps: readonly RecordedStep[]): void {
  const now = unit.now.toISOString();
  for (const step of steps) {
    unit.add(transitionRows, {
      loop_id: loopId,
      task_id: task.id,
      from_status: step.from,
      to_status: step.to,
      progress: saidProgressOf(task) ?? null,
      reason: step.implied ? null : (reasonOf(task) ?? null),
      actor_org: by.organizationId,
      actor_client: by.clientId ?? null,
      actor_person: by.personId ?? null,
      source: sourceOf(by),
      message_id: unit.caller.requestId ?? null,
      implied: step.implied,
      occurred_at: step.implied ? now : (by === unit.caller && saidWhen(unit, task.id)) || task.lastModified || now,
      recorded_at: now,
    });
  }
  unit.mark(LOOP_MARK, loopId);
}

/** Writes a Task as the hub's own consequence of something else. What has ended nobody asks to stop any more. */
export function putByHub(unit: UnitOfWork, task: StoredTask): Promise<StoredTask> {
  const { businessStatus, ...kept } = task;
  const says = businessStatus && !(isTerminal(task.status) && wantsCancel(task)) ? { businessStatus } : {};
  return unit.put<Task>({ ...kept, ...says, lastModified: unit.now.toISOString() }, { byHub: true });
}

/** Tells the organization that owns a Task something about it. */
export function tellOwner(
  unit: UnitOfWork,
  kind: 'offer' | 'cancel',
  loopId: string,
  task: StoredTask,
  ownerOrg: string,
): void {
  // The hub's own people see it in the console.
  if (ownerOrg === unit.hubOrg) return;
  say(unit, { kind, loopId, recipientOrg: ownerOrg, taskId: task.id, taskVersion: versionOf(task) });
}

/** The version of a Task a message speaks of. */
export function versionOf(task: StoredTask): number {
  return Number(task.meta?.versionId);
}
