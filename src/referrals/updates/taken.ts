import type { Task } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { offerOf } from '../../loops/words.ts';
import type { StoredTask } from '../task-changes.ts';

/** Why an organization is asked no more when another was faster. */
export const TAKEN_BY_ANOTHER = { text: 'Another organization has accepted it.' };

/** Who answers an open offer too late is told what happened, and not only that its Task is final. @throws AppError (409) */
export function refuseTaken(before: StoredTask, wanted: Task): void {
  const taken = before.status === 'cancelled' && offerOf(before) && before.statusReason?.text === TAKEN_BY_ANOTHER.text;
  if (!taken || wanted.status === 'cancelled') return;
  const text =
    'Another organization has accepted this referral before you: it is not asked of you any more. There is nothing left to do.';
  throw new AppError('conflict', 'task.taken', text, {
    issues: [{ text, expression: 'Task.status' }],
    subject: { type: 'Task', id: before.id },
  });
}
