import { isFinal } from '../model.ts';
import { HUB, type Seen, type SeenMessage } from '../world.ts';

/** What must hold of the messages about a loop. */
export function brokenMessages(seen: Seen): string[] {
  return [...awaited(seen), ...seen.messages.flatMap((message) => [...told(seen, message), ...readBy(message)])];
}

/** An answer is awaited of whom was asked, by when it was asked for, while that goes on what it is about. */
function awaited({ root, legs, row, messages, deadlines }: Seen): string[] {
  const goesOn = [root, ...legs].filter((task) => !isFinal(task) && !isFinal(root)).map(({ id }) => id);
  const wanted = messages
    .filter(({ answerBy, answeredBy, isWithdrawn }) => answerBy && !answeredBy && !isWithdrawn)
    .filter(({ taskId }) => goesOn.includes(taskId))
    .map(({ taskId, to, answerBy }) => {
      const asked =
        to === HUB ? 'case-manager' : `${to === row?.sender_org && taskId === root.id ? 'sender' : 'receiver'} ${to}`;
      return `an answer of ${asked} about ${taskId} by ${answerBy}`;
    });
  const found = deadlines
    .filter(({ step }) => step === 'answer')
    .map(({ taskId, waitingOn, organization, due }) => {
      const asked = organization === null ? waitingOn : `${waitingOn} ${organization}`;
      return `an answer of ${asked} about ${taskId} by ${due}`;
    });
  return [
    ...wanted.filter((each) => !found.includes(each)).map((each) => `Nobody waits for ${each}.`),
    ...found.filter((each) => !wanted.includes(each)).map((each) => `Somebody waits for ${each}.`),
    ...(wanted.length === found.length ? [] : [`${found.length} answers are awaited instead of ${wanted.length}.`]),
  ];
}

/** Who is written to is told of it once, and once when it is taken back. The hub's people see it here. */
function told({ deliveries }: Seen, { id, to, isWithdrawn }: SeenMessage): string[] {
  const said = deliveries.filter(({ kind, messageId }) => kind === 'message' && messageId === id);
  const wanted = to === HUB ? 0 : isWithdrawn ? 2 : 1;
  const isRight = said.length === wanted && said.every(({ recipient }) => recipient === to);
  return isRight ? [] : [`Of the message ${id} ${to} is told ${said.length} times instead of ${wanted}.`];
}

/** Who wrote it and whom it is for reads it, and nobody else. */
function readBy({ id, from, to, readers }: SeenMessage): string[] {
  const strangers = (readers ?? []).filter((each) => each !== from && each !== to);
  return strangers.map((each) => `${each} may read the message ${id} of ${from} to ${to}.`);
}
