import type { Task } from '@medplum/fhirtypes';
import { organizationBehind } from '../../directory/directory.ts';
import { idOf } from '../../fhir/references.ts';
import { share } from '../../fhir/sharing/share.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { type ChangeAsked, changeAsked, changeCode, reasonOf, SYSTEMS } from '../../loops/words.ts';
import { say } from '../../outbox/messages.ts';
import { ownerId } from '../ask-next.ts';
import { loopOf } from '../sharing/sides.ts';
import { shownOf, trimmedFor } from '../sharing/trim-clients.ts';
import { putByHub, type ReferralDeps, type StoredTask, tellOwner, versionOf } from '../task-changes.ts';

/**
 * Asks the owner of a Task to stop what it has begun, to wait with it, or to go on: a Task of its own, with the other as
 * its focus, which the owner answers by `completed` (it does so) or `rejected` (it does not, and why).
 * @param task says by its statusReason why
 * @param basedOn the sender's own request, where this carries it on
 * @see https://build.fhir.org/ig/HL7/fhir-cow-ig/cancelling-and-modifying-requests.html
 */
export async function askOwner(
  unit: UnitOfWork,
  deps: ReferralDeps,
  change: ChangeAsked,
  task: StoredTask,
  basedOn?: StoredTask,
): Promise<StoredTask> {
  const id = unit.newId();
  const reason = reasonOf(task);
  // Who that is, the record says to whom it may.
  const { display: _display, ...client } = task.for ?? {};
  const stop: StoredTask = {
    resourceType: 'Task',
    id,
    identifier: [{ system: SYSTEMS.task, value: id }],
    ...(basedOn ? { basedOn: [{ reference: `Task/${basedOn.id}` }] } : {}),
    status: 'requested',
    intent: 'order',
    code: changeCode(change),
    focus: { reference: `Task/${task.id}` },
    authoredOn: unit.now.toISOString(),
    ...(task.for ? { for: client } : {}),
    ...(task.requester ? { requester: task.requester } : {}),
    ...(task.owner ? { owner: task.owner } : {}),
    ...(reason ? { reasonCode: { text: reason } } : {}),
  };
  const created = await unit.create<Task>(stop, BY_HUB);
  await passOn(unit, deps, task, created);
  return created;
}

/** Has a request to stop read by both its sides, and its owner told. */
export async function passOn(unit: UnitOfWork, deps: ReferralDeps, task: StoredTask, stop: StoredTask): Promise<void> {
  const client = idOf('Patient', task.for);
  const about = { type: 'Task', id: stop.id, reason: 'task', loopId: loopOf(task), taskId: task.id, client } as const;
  const requester = await organizationBehind(unit, stop.requester?.reference);
  for (const organizationId of [ownerId(stop), requester])
    if (organizationId)
      share(unit, {
        ...about,
        organizationId,
        shown: shownOf('Task', await trimmedFor(unit, deps, task, organizationId)),
      });
  tellOwner(unit, 'cancel', loopOf(task), stop, ownerId(stop));
}

/** The requests of a kind about a Task that nobody has answered. */
export async function openRequests(unit: UnitOfWork, change: ChangeAsked, taskId: string): Promise<StoredTask[]> {
  return (await openAbout(unit, taskId)).filter((task) => changeAsked(task) === change);
}

/** The requests about a Task that nobody has answered, of every kind. */
export async function openAbout(unit: UnitOfWork, taskId: string): Promise<StoredTask[]> {
  const rows = await unit.tx.query<{ id: string }>(STOPS_SQL, [[`Task.focus=Task/${taskId}`]]);
  const staged = unit.changes.filter(
    ({ type, after }) => type === 'Task' && (after as Task | undefined)?.focus?.reference === `Task/${taskId}`,
  );
  const ids = new Set([...rows.map(({ id }) => id), ...staged.map(({ id }) => id)]);
  const tasks = await Promise.all([...ids].map((id) => unit.find<Task>('Task', id, BY_HUB)));
  return tasks.filter((task): task is StoredTask => task?.status === 'requested' && changeAsked(task) !== undefined);
}

export const STOPS_SQL = `SELECT id FROM resource WHERE type = 'Task' AND NOT deleted AND tokens @> $1::text[] ORDER BY id`;

/** Says how a request ended: by its status, and why. Who made it itself is told of it; who did not, of the referral. */
export async function answerStop(
  unit: UnitOfWork,
  loopId: string,
  stop: StoredTask,
  answer: Pick<Task, 'status' | 'statusReason'>,
): Promise<void> {
  const current = (await unit.lock<Task>('Task', stop.id, BY_HUB)) ?? stop;
  const answered = await putByHub(unit, { ...current, ...answer });
  const author = unit.authorOf('Task', stop.id);
  const requester = await organizationBehind(unit, stop.requester?.reference);
  if (author === undefined || author !== requester || author === unit.hubOrg) return;
  say(unit, { kind: 'status', loopId, recipientOrg: author, taskId: stop.id, taskVersion: versionOf(answered) });
}
