import type { Task } from '@medplum/fhirtypes';
import { organizationBehind } from '../../directory/directory.ts';
import { AppError } from '../../errors.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { ownerId } from '../ask-next.ts';
import type { StoredTask } from '../task-changes.ts';

/** What the owner may answer, and what that means: it has agreed to stop, or it goes on. */
const ANSWERS: Readonly<Record<string, 'completed' | 'rejected'>> = {
  accepted: 'completed',
  completed: 'completed',
  rejected: 'rejected',
};

/**
 * An answer to a request (to stop, to wait, to go on): the owner says `completed` (or `accepted`) or `rejected` with a reason; who asked may
 * take it back by `cancelled`. Nothing else of it changes.
 * @param task what it speaks of; undefined: of no referral, and then it is its author's own matter
 * @returns the Task to store
 * @throws AppError that says who may answer, and how
 */
export async function checkAnswer(
  unit: UnitOfWork,
  before: StoredTask,
  after: StoredTask,
  task: StoredTask | undefined,
): Promise<StoredTask> {
  const { caller } = unit;
  if (!task) return ownMatter(unit, before, after);
  // Its sides are those of what it speaks of, whatever it says itself.
  const isOwner = ownerId(task) === caller.organizationId;
  const asked = await organizationBehind(unit, task.requester?.reference);
  const isRequester = asked === caller.organizationId || caller.organizationId === unit.hubOrg;
  if (!isOwner && !isRequester)
    throw refused(
      before,
      'forbidden',
      'task.not-yours',
      'Only who asked and who was asked may change this request.',
      'Task',
    );
  const answer = isOwner ? ANSWERS[after.status ?? ''] : undefined;
  if (after.status === before.status || answer === before.status) return before;
  if (before.status !== 'requested')
    throw refused(before, 'unprocessable', 'stop.answered', `This request has had its answer: ${before.status}.`);
  const status = answer ?? (isRequester && after.status === 'cancelled' ? after.status : undefined);
  if (!status)
    throw refused(
      before,
      'unprocessable',
      'stop.answer',
      `A request cannot become ${after.status}. Who is asked answers completed (it does so) or rejected (it does not, and why); who asked may take it back by cancelled.`,
    );
  if (status === 'rejected' && !after.statusReason?.text?.trim())
    throw refused(
      before,
      'unprocessable',
      'stop.no-reason',
      'A request that becomes rejected needs statusReason.text: say why not.',
      'Task.statusReason',
    );
  const { statusReason, note } = after;
  return {
    ...before,
    status,
    ...(statusReason ? { statusReason } : {}),
    ...(note ? { note } : {}),
    lastModified: unit.now.toISOString(),
  };
}

/** A Task that was something else does not become such a request: it would have had no look at who asks. */
export function refuseBecoming(before: StoredTask): void {
  throw refused(
    before,
    'unprocessable',
    'stop.becomes',
    'This Task was not made as such a request, and does not become one. Send a new one.',
    'Task.code',
  );
}

/** @throws AppError (403) unless the caller wrote it, or is of the hub */
export function ownMatter(unit: UnitOfWork, before: StoredTask, after: StoredTask): StoredTask {
  if (unit.caller.kind !== 'client' || unit.authorOf('Task', before.id) === unit.caller.organizationId) return after;
  const text = `Task/${before.id} was written by another organization, and only that may change it. Write a resource of your own that refers to it.`;
  throw refused(before, 'forbidden', 'resource.not-yours', text, 'Task');
}

function refused(
  { id }: Task,
  kind: 'forbidden' | 'unprocessable',
  code: string,
  text: string,
  expression = 'Task.status',
): AppError {
  return new AppError(kind, code, text, { issues: [{ text, expression }], subject: { type: 'Task', id: id ?? '' } });
}
