import { insertInto, type RowWriter } from '../../db/row-writer.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';

/** What happens to the question whether a client received what is reported. */
export const CONFIRMATION_EVENTS = ['asked', 'link', 'answered', 'unanswered', 'ended', 'settled'] as const;
export type ConfirmationEvent = (typeof CONFIRMATION_EVENTS)[number];

/** By which way an answer came. */
export const ANSWER_WAYS = ['app', 'telephone', 'link'] as const;
export type AnswerWay = (typeof ANSWER_WAYS)[number];

interface EventRow {
  loop_id: string;
  task_id: string;
  what: ConfirmationEvent;
  way: AnswerWay | null;
  actor_org: string;
  text: string | null;
  at: string;
}

const eventRows: RowWriter<EventRow> = insertInto('confirmation_event', {
  loop_id: 'text',
  task_id: 'text',
  what: 'text',
  way: 'text',
  actor_org: 'text',
  text: 'text',
  at: 'timestamptz',
});

/** Records what happens to it, in the transaction in which it does; rows are never changed. */
export function recordConfirmation(
  unit: UnitOfWork,
  about: { readonly loopId: string; readonly taskId: string },
  what: ConfirmationEvent,
  more: { readonly way?: AnswerWay; readonly text?: string } = {},
): void {
  unit.add(eventRows, {
    loop_id: about.loopId,
    task_id: about.taskId,
    what,
    way: more.way ?? null,
    actor_org: unit.caller.organizationId,
    text: more.text ?? null,
    at: unit.now.toISOString(),
  });
}
