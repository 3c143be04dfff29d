import type { CodeableConcept, Procedure, Reference, Task } from '@medplum/fhirtypes';
import type { Visit } from '../../access/mailbox/visit.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../../fhir/caller.ts';
import { checkWrite, lockForWrite, type Store, transact } from '../../fhir/store/transact.ts';
import type { Stored, UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { asHold, asOutcome, OUTCOME_CODES, SYSTEMS, withRemains } from '../../loops/words.ts';
import { openAbout } from '../stops/stop-tasks.ts';
import type { StoredTask } from '../task-changes.ts';
import type { AnswerInput } from './api.ts';

/**
 * Who came by a mailbox says what becomes of what is asked: by the rules that hold for every door, in the name of the
 * organization. What was done is written first, so that the sender reads it with the end.
 * @throws AppError that names the legal next statuses
 */
export async function answerByMailbox(
  store: Store,
  caller: Caller,
  { taskId }: Pick<Visit, 'taskId'>,
  said: AnswerInput,
): Promise<void> {
  await transact(store, caller, async (unit) => {
    if (said.status === 'agrees' || said.status === 'refuses') return answerRequest(store, unit, taskId, said);
    const task = (await lockForWrite(store, unit, 'Task', taskId)) as StoredTask | undefined;
    if (!task) throw withdrawn();
    const { statusReason: _before, ...kept } = task;
    const reason = reasonSaid(said);
    const after = { ...kept, status: said.status, ...(reason ? { statusReason: reason } : {}) } as StoredTask;
    const checked = await checkWrite(store, unit, task, after);
    if (said.status === 'completed' && task.status !== 'completed') await writeDown(store, unit, task, said.text);
    await unit.put<Task>(checked as Stored<Task>);
  });
}

/** What its sender asks of work that has begun is answered: it is done so, or not, and why. */
async function answerRequest(
  store: Store,
  unit: UnitOfWork,
  taskId: string,
  said: Extract<AnswerInput, { status: 'agrees' | 'refuses' }>,
): Promise<void> {
  const [open] = await openAbout(unit, taskId);
  const request = open && ((await lockForWrite(store, unit, 'Task', open.id)) as StoredTask | undefined);
  if (!request) {
    const text = 'Nothing is asked of work that has begun, or not any more. Read it again.';
    throw new AppError('conflict', 'mailbox.nothing-asked', text, { issues: [{ text, expression: 'status' }] });
  }
  const answer =
    said.status === 'agrees'
      ? ({ status: 'completed' } as const)
      : ({ status: 'rejected', statusReason: { text: said.text } } as const);
  await unit.put<Task>(await checkWrite<Task>(store, unit, request, { ...request, ...answer }));
}

/** What was done, as an outcome of what was asked. */
async function writeDown(store: Store, unit: UnitOfWork, task: StoredTask, text: string): Promise<void> {
  const procedure: Stored<Procedure> = {
    resourceType: 'Procedure',
    id: unit.newId(),
    status: 'completed',
    ...(task.focus ? { basedOn: [task.focus as NonNullable<Procedure['basedOn']>[number]] } : {}),
    code: { text },
    subject: task.for as Reference<never>,
    performedDateTime: unit.now.toISOString(),
    performer: [{ actor: { reference: `Organization/${unit.caller.organizationId}` } }],
  };
  await unit.create<Procedure>(await checkWrite<Procedure>(store, unit, undefined, procedure));
}

function reasonSaid(said: Exclude<AnswerInput, { status: 'agrees' | 'refuses' }>): CodeableConcept | undefined {
  switch (said.status) {
    case 'accepted':
    case 'in-progress':
      return undefined;
    case 'on-hold':
      return asHold(said.text, said.until);
    case 'completed':
      // That it was done says the status.
      if (said.outcome === 'services-provided' && !said.remains) return undefined;
      return withRemains(asOutcome({ outcome: said.outcome, text: said.text }), said.remains);
    case 'rejected':
    case 'failed':
      return {
        coding: [{ system: isOutcome(said.why) ? SYSTEMS.outcome : SYSTEMS.declineReason, code: said.why }],
        text: said.text,
      };
  }
}

function isOutcome(code: string): boolean {
  return OUTCOME_CODES.some((each) => each === code);
}

/** Between the door and the lock it may have been withdrawn. */
export function withdrawn(): AppError {
  return new AppError(
    'forbidden',
    'mailbox.over',
    'This is not asked of your organization any more. Nothing was changed.',
  );
}
