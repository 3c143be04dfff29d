import type { QuestionnaireResponse, ServiceRequest, Task } from '@medplum/fhirtypes';
import { organizationBehind } from '../../directory/directory.ts';
import { AppError } from '../../errors.ts';
import { idOf } from '../../fhir/references.ts';
import { share } from '../../fhir/sharing/share.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { requireContactAllowed } from '../../loops/client-contact.ts';
import { type Answer, itemsOf } from '../../loops/confirmation/answers.ts';
import { loopAsked, questionnaireOf, RESPONSE_OUTPUT } from '../../loops/confirmation/client-task.ts';
import { type AnswerWay, recordConfirmation } from '../../loops/confirmation/events.ts';
import { kindOf } from '../../loops/projection/records.ts';
import { LOOP_MARK } from '../../loops/projection/store.ts';
import { isTerminal, SDOHCC_CODES } from '../../loops/words.ts';
import { putByHub, type ReferralDeps, type StoredTask } from '../task-changes.ts';
import { tellSenderIfNews } from '../updates/tell-sender.ts';
import { letGo } from './end.ts';

/**
 * A client says what was received: to a person who asked by telephone, or on the page of a link.
 * @param answers by the linkIds of the questions
 * @throws AppError that names the question, or says why nothing is asked
 */
export async function answerAsked(
  unit: UnitOfWork,
  deps: ReferralDeps,
  task: StoredTask,
  answers: Readonly<Record<string, Answer>>,
  way: AnswerWay,
): Promise<void> {
  requireOpen(task);
  const loopId = loopAsked(task) ?? '';
  await requireContactAllowed(unit.tx, loopId);
  const root = await unit.find<Task>('Task', loopId, BY_HUB);
  const url = questionnaireOf(task) ?? '';
  const questionnaire = deps.policies.questionnaires.get(url);
  if (!questionnaire || !root)
    throw refused('questionnaire', 'The questions are not here any more. Close it, and say why.');
  const items = itemsOf(questionnaire, answers);
  if ('wrong' in items) throw refused(`answers.${items.wrong.linkId}`, items.wrong.text);
  const hub = { reference: `Organization/${unit.hubOrg}` };
  const response = await unit.create<QuestionnaireResponse>(
    {
      resourceType: 'QuestionnaireResponse',
      id: unit.newId(),
      ...(task.meta?.security ? { meta: { security: task.meta.security } } : {}),
      ...(root.focus ? { basedOn: [{ reference: root.focus.reference ?? '' }] } : {}),
      questionnaire: url,
      status: 'completed',
      ...(task.for ? { subject: task.for } : {}),
      authored: unit.now.toISOString(),
      author: hub,
      source: task.for,
      item: items,
    } as Stored<QuestionnaireResponse>,
    BY_HUB,
  );
  await takeAnswer(unit, deps, task, response, way);
}

/** An answer is there, by whichever way: the client's Task is completed, and who sent the referral is given it. */
export async function takeAnswer(
  unit: UnitOfWork,
  deps: ReferralDeps,
  task: StoredTask,
  response: Stored<QuestionnaireResponse>,
  way: AnswerWay,
): Promise<void> {
  const loopId = loopAsked(task) ?? '';
  const valueReference = { reference: `QuestionnaireResponse/${response.id}` };
  const { statusReason: _reason, ...kept } = task;
  await putByHub(unit, { ...kept, status: 'completed', output: [{ type: RESPONSE_OUTPUT, valueReference }] });
  await letGo(unit, task.id);
  recordConfirmation(unit, { loopId, taskId: task.id }, 'answered', { way });
  unit.mark(LOOP_MARK, loopId);
  await giveSender(unit, deps, loopId, response);
}

/** Who sent it has the answer among what came of it, and reads it as far as consent goes. */
async function giveSender(
  unit: UnitOfWork,
  deps: ReferralDeps,
  loopId: string,
  response: Stored<QuestionnaireResponse>,
): Promise<void> {
  const root = await unit.lock<Task>('Task', loopId, BY_HUB);
  const request =
    root && (await unit.find<ServiceRequest>('ServiceRequest', idOf('ServiceRequest', root.focus) ?? '', BY_HUB));
  if (!root || !request) return;
  const { confirmation } = deps.policies.of(kindOf({ root, request }));
  const sender = await organizationBehind(unit, root.requester?.reference);
  if (confirmation === false || !confirmation.tellsSender || !sender) return;
  const { id } = response;
  const client = idOf('Patient', root.for);
  share(unit, {
    type: 'QuestionnaireResponse',
    id,
    reason: 'outcome',
    organizationId: sender,
    loopId,
    taskId: loopId,
    client,
  });
  const type = { coding: [{ system: SDOHCC_CODES, code: 'additional-content', display: 'Additional Content' }] };
  const added = { type, valueReference: { reference: `QuestionnaireResponse/${id}` } };
  const told = await putByHub(unit, { ...root, output: [...(root.output ?? []), added] });
  tellSenderIfNews(unit, root, told);
}

/** @throws AppError when nothing is asked any more */
export function requireOpen({ id, status }: StoredTask): void {
  if (!isTerminal(status)) return;
  const text = 'This was answered already, or is not asked any more. There is nothing left to do.';
  throw new AppError('conflict', 'confirmation.over', text, {
    issues: [{ text, expression: 'Task.status' }],
    subject: { type: 'Task', id },
  });
}

function refused(expression: string, text: string): AppError {
  return new AppError('unprocessable', 'confirmation.answer', text, { issues: [{ text, expression }] });
}
