import type { LoopRecords } from '../projection/records.ts';
import { isTerminal } from '../words.ts';
import type { QuestionFacts } from './next-step.ts';

/** Answers are awaited while that goes on what they are about. Pure. */
export function questionsOf({ root, legs, questions, senderOrg, hubOrg }: LoopRecords): QuestionFacts[] {
  if (isTerminal(root.status)) return [];
  const goesOn = new Set([root, ...legs].filter(({ status }) => !isTerminal(status)).map(({ id }) => id));
  const asked = questions.filter(({ taskId }) => goesOn.has(taskId));
  return asked.map(({ messageId, taskId, to, since, due, withheldSince }) => ({
    messageId,
    taskId,
    waitingOn: to === hubOrg ? 'case-manager' : to === senderOrg && taskId === root.id ? 'sender' : 'receiver',
    organizationId: to === hubOrg ? undefined : to,
    since: new Date(since),
    due: new Date(due),
    withheldSince: withheldSince === null ? undefined : new Date(withheldSince),
  }));
}
