import { organizationBehind } from '../../directory/directory.ts';
import { AppError, type ErrorKind } from '../../errors.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { asBusinessStatus, changeAsked, isTerminal, type TaskStatus } from '../../loops/words.ts';
import { putByHub, type ReferralDeps, recordSteps, type StoredTask, sameStatus } from '../task-changes.ts';
import { carryOn } from '../updates/carry-on.ts';
import { answerStop, openRequests, passOn } from './stop-tasks.ts';

/**
 * The sender asks by a Task of its own that its referral be stopped. Before work began that is done at once; afterwards
 * who has begun is asked.
 * @param task the referral
 * @throws AppError when it is not the caller's to stop, has ended, or is being stopped already
 */
export async function beginStop(
  unit: UnitOfWork,
  deps: ReferralDeps,
  stop: StoredTask,
  task: StoredTask,
): Promise<void> {
  const statusReason = await requireAskable(unit, stop, task);
  const own = await takeRequest(unit, deps, stop, task);
  const from = task.status as TaskStatus;
  if (from === 'in-progress') {
    const asked = await putByHub(unit, { ...task, businessStatus: asBusinessStatus('cancel-requested'), statusReason });
    recordSteps(unit, task.id, asked, [sameStatus(asked)]);
    await carryOn(unit, deps, task.id, task, asked);
    return;
  }
  const { businessStatus: _progress, ...kept } = task;
  const stopped = await putByHub(unit, { ...kept, status: 'cancelled', statusReason });
  recordSteps(unit, task.id, stopped, [{ from, to: 'cancelled', implied: false }]);
  await carryOn(unit, deps, task.id, task, stopped);
  await answerStop(unit, task.id, own, { status: 'completed' });
}

/** Takes a request as one of the referral's: its sides are those of that, and both read it. */
export async function takeRequest(
  unit: UnitOfWork,
  deps: ReferralDeps,
  stop: StoredTask,
  task: StoredTask,
): Promise<StoredTask> {
  const authoredOn = stop.authoredOn ?? unit.now.toISOString();
  const own = await putByHub(unit, { ...stop, ...rest(stop, task), authoredOn });
  await passOn(unit, deps, task, own);
  return own;
}

/** Its sides are those of the referral. */
function rest(stop: StoredTask, { for: subject, requester, owner }: StoredTask): Partial<StoredTask> {
  return {
    intent: stop.intent ?? 'order',
    ...(subject ? { for: subject } : {}),
    ...(requester ? { requester } : {}),
    ...(owner ? { owner } : {}),
  };
}

/** What must hold for whatever a sender asks. @returns why it asks */
export async function requireAskable(unit: UnitOfWork, stop: StoredTask, task: StoredTask): Promise<{ text: string }> {
  const sender = await organizationBehind(unit, task.requester?.reference);
  if (unit.caller.kind === 'client' && unit.caller.organizationId !== sender)
    throw refused(
      stop,
      'forbidden',
      'task.not-yours',
      'Only who sent a referral may ask this of those who have begun.',
      'focus',
    );
  if (task.partOf?.length)
    throw refused(
      stop,
      'unprocessable',
      'stop.of-a-part',
      `This is a part that the hub has made. Ask it of the referral: ${task.partOf[0]?.reference}.`,
      'focus',
    );
  if (stop.status !== 'requested')
    throw refused(stop, 'unprocessable', 'stop.start', 'A request begins as requested.', 'status');
  if (isTerminal(task.status))
    throw refused(stop, 'unprocessable', 'stop.ended', `The referral has ended: it is ${task.status}.`, 'focus');
  const [known] = (await openRequests(unit, changeAsked(stop) ?? 'abort', task.id)).filter(({ id }) => id !== stop.id);
  if (known)
    throw refused(
      stop,
      'duplicate',
      'stop.known',
      `It is being asked already: Task/${known.id}. Read the answer there.`,
      'focus',
    );
  const text = stop.reasonCode?.text ?? stop.statusReason?.text ?? '';
  if (text.trim()) return { text };
  throw refused(
    stop,
    'unprocessable',
    'stop.no-reason',
    'A request needs reasonCode.text: say why, for those who have begun.',
    'reasonCode',
  );
}

export function refused(stop: StoredTask, kind: ErrorKind, code: string, text: string, element: string): AppError {
  return new AppError(kind, code, text, {
    issues: [{ text, expression: `Task.${element}` }],
    subject: { type: 'Task', id: stop.id },
  });
}
