import { isDeepStrictEqual } from 'node:util';
import type { QuestionnaireResponse, Task } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { requireAuthor } from '../../fhir/integrity/author-writes.ts';
import { idOf } from '../../fhir/references.ts';
import type { WriteRule } from '../../fhir/store/transact.ts';
import type { Stored, UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { clientSays } from '../../loops/confirmation/answers.ts';
import { asksClient, loopAsked, questionnaireOf } from '../../loops/confirmation/client-task.ts';
import { LOOP_MARK, lockLoop } from '../../loops/projection/store.ts';
import { isTerminal } from '../../loops/words.ts';
import type { ReferralDeps, StoredTask } from '../task-changes.ts';
import { requireOpen, takeAnswer } from './answer.ts';
import { endAsking } from './end.ts';

/** What the app of a client may write in a Task of the client's. */
const APP_FIELDS: ReadonlySet<string> = new Set(['status', 'statusReason', 'output', 'lastModified', 'meta', 'text']);

/** What it may become; `failed` and `cancelled`: the client does not want to say. */
const STATUSES: readonly string[] = ['ready', 'in-progress', 'on-hold', 'completed', 'failed', 'cancelled'];

/**
 * The Task by which a client is asked, as the client's app answers it: by status and output, and nothing else.
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/StructureDefinition-SDOHCC-TaskForPatient.html
 */
export function confirmationRule(deps: ReferralDeps): WriteRule {
  return {
    types: ['Task'],
    beforeLock: async (id, unit) => {
      const [asked] = await unit.tx.query<{ id: string }>(LOOP_SQL, [id]);
      if (asked) await lockLoop(unit, asked.id);
    },
    check: async ({ before, after }, unit) => {
      const [was, task] = [before as StoredTask | undefined, after as StoredTask];
      if (!was || !asksClient(was)) return task;
      if (!isHubs(unit, was)) {
        requireAuthor(was, unit);
        return task;
      }
      requireOpen(was);
      refuseOtherFields(was, task);
      const { status, statusReason, output } = task;
      const said = { status, ...(statusReason ? { statusReason } : {}), ...(output ? { output } : {}) };
      return { ...was, ...said, lastModified: unit.now.toISOString() } as StoredTask;
    },
    settle: async ({ before, after }, unit) => {
      const [was, task] = [before as StoredTask | undefined, after as StoredTask | undefined];
      if (!was || !asksClient(was) || !isHubs(unit, was)) return;
      if (!task) throw refused(was, 'Task', 'A question to a client is never deleted. Set its status to cancelled.');
      unit.mark(LOOP_MARK, loopAsked(task) ?? '');
      if (task.status === 'completed') await takeAnswer(unit, deps, task, await responseOf(unit, task), 'app');
      else if (isTerminal(task.status))
        await endAsking(unit, task, 'ended', task.statusReason?.text ?? 'Not answered.');
    },
  };
}

const LOOP_SQL = `SELECT loop_id AS id FROM confirmation_event WHERE task_id = $1 LIMIT 1`;

/** A Task of this kind that somebody else has written is no business of the hub's. */
function isHubs(unit: UnitOfWork, { id }: StoredTask): boolean {
  return unit.authorOf('Task', id) === unit.hubOrg;
}

function refuseOtherFields(before: StoredTask, after: StoredTask): void {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])] as (keyof Task)[];
  const changed = names.filter(
    (name) =>
      !APP_FIELDS.has(name) && after[name] !== undefined && !isDeepStrictEqual(plain(before[name]), plain(after[name])),
  );
  const [first] = changed;
  if (first)
    throw refused(
      before,
      `Task.${first}`,
      'Of a question to a client only status, statusReason and output are written.',
    );
  if (!STATUSES.includes(after.status ?? ''))
    throw refused(before, 'Task.status', `A question to a client becomes one of: ${STATUSES.join(', ')}.`);
}

/** The answer that a completed Task lists: to what is asked, by whom it is asked. @throws AppError that says what it lacks */
async function responseOf(unit: UnitOfWork, task: StoredTask): Promise<Stored<QuestionnaireResponse>> {
  const references = (task.output ?? []).flatMap(
    ({ valueReference }) => idOf('QuestionnaireResponse', valueReference) ?? [],
  );
  const response = await unit.find<QuestionnaireResponse>('QuestionnaireResponse', references[0] ?? '');
  const wrong = (text: string): AppError => refused(task, 'Task.output', text);
  if (!response || references.length !== 1)
    throw wrong(
      'A completed question lists its answer: one output whose valueReference is a QuestionnaireResponse here.',
    );
  const url = questionnaireOf(task) ?? '';
  if (response.questionnaire?.split('|')[0] !== url) throw wrong(`The answer is to another Questionnaire than ${url}.`);
  if (response.subject?.reference !== task.for?.reference) throw wrong('The answer is of another client.');
  if (response.status !== 'completed' || !clientSays(response))
    throw wrong('The answer must be completed, and answer service-received and need-remains.');
  return response;
}

function plain(value: unknown): unknown {
  return value === undefined ? undefined : JSON.parse(JSON.stringify(value));
}

function refused(task: StoredTask, expression: string, text: string): AppError {
  return new AppError('unprocessable', 'confirmation.task', text, {
    issues: [{ text, expression }],
    subject: { type: 'Task', id: task.id },
  });
}

/** Whether the rule of questions to clients says who may change a Task, and what of it. */
export function hasConfirmationRule(before: Stored): boolean {
  return before.resourceType === 'Task' && asksClient(before) && loopAsked(before) !== undefined;
}
