import type { QuestionnaireResponse, Task } from '@medplum/fhirtypes';
import { clientSays } from '../../../src/loops/confirmation/answers.ts';
import type { Answering, Client } from '../state.ts';

const STANDS: Readonly<Record<string, Client['stands']>> = {
  completed: 'answered',
  failed: 'unanswered',
  cancelled: 'unanswered',
};

/** The Task by which a client is asked, and its answer, as the model looks at them. */
export function seenClient(
  task: Task | undefined,
  response: QuestionnaireResponse | undefined,
  linkUntil: string | null,
): Client | null {
  if (!task) return null;
  const said = response && clientSays(response);
  return {
    stands: STANDS[task.status ?? ''] ?? 'asked',
    received: said?.received ?? null,
    needRemains: said?.needRemains ?? null,
    isHandedOver: task.status === 'in-progress',
    linkUntil,
    isSettled: task.businessStatus !== undefined,
  };
}

/** An answer as a case manager enters it, by the questions. */
export function answersOf({ received, needRemains }: Answering): Record<string, string | boolean> {
  return { 'service-received': received, 'need-remains': needRemains };
}
