import type { QuestionnaireResponse, Task } from '@medplum/fhirtypes';
import { isTerminal, SYSTEMS } from '../words.ts';
import { type ClientSays, clientSays, mustBeLookedAt } from './answers.ts';

/** The Task by which a client is asked whether what is reported was received, and the answer. */
export interface ConfirmationRecord {
  readonly task: Task & { id: string };
  readonly response: QuestionnaireResponse | null;
  /** Whether the client's own app has it. */
  readonly byApp: boolean;
}

/** What has come of asking: nothing yet; what the client says of having received it; or no answer. */
export const CONFIRMATIONS = ['asked', 'received', 'partly', 'not-received', 'unanswered'] as const;
export type ConfirmationCode = (typeof CONFIRMATIONS)[number];

const SAYS = { yes: 'received', partly: 'partly', no: 'not-received' } as const;

/** Where asking a client stands. */
export interface ConfirmationStanding {
  readonly taskId: string;
  readonly code: ConfirmationCode;
  readonly says: ClientSays | undefined;
  /** What is awaited: the answer, or that somebody looks at it; undefined: nothing any more. */
  readonly awaits: 'confirm-with-client' | 'decide-after-answer' | undefined;
  /** Whether somebody has the questions: a link, or the client's own app. */
  readonly handedOver: boolean;
  /** Since when it stands so. */
  readonly since: string;
}

/** Pure. */
export function standingOf({ task, response, byApp }: ConfirmationRecord): ConfirmationStanding {
  const says = task.status === 'completed' && response ? clientSays(response) : undefined;
  const open = !isTerminal(task.status);
  const looks = says !== undefined && mustBeLookedAt(says) && !isSettled(task);
  return {
    taskId: task.id,
    code: open ? 'asked' : says ? SAYS[says.received] : 'unanswered',
    says,
    awaits: open ? 'confirm-with-client' : looks ? 'decide-after-answer' : undefined,
    handedOver: byApp || task.status === 'in-progress',
    since: (open ? task.authoredOn : task.lastModified) ?? '',
  };
}

/** Whether a case manager has said what becomes of what the client says. */
function isSettled({ businessStatus }: Task): boolean {
  return (
    businessStatus?.coding?.some(({ system, code }) => system === SYSTEMS.confirmation && code === 'settled') ?? false
  );
}
