import { denies } from '../consents/model.ts';
import { isFinal } from '../model.ts';
import type { Seen, SeenMessage } from '../seen-loop.ts';
import { HUB } from '../world.ts';

/** What must hold of the messages about a loop. */
export function brokenMessages(seen: Seen): string[] {
  return [...awaited(seen), ...seen.messages.flatMap((message) => [...told(seen, message), ...readBy(seen, message)])];
}

/**
 * An answer is awaited of whom was asked, by when it was asked for, while that goes on what it is about; where the client
 * denies that it reads the question, a consent is.
 */
function awaited({ root, legs, row, messages, consents, deadlines }: Seen): string[] {
  const goesOn = [root, ...legs].filter((task) => !isFinal(task) && !isFinal(root)).map(({ id }) => id);
  const wanted = messages
    .filter(({ answerBy, answeredBy, isWithdrawn }) => answerBy && !answeredBy && !isWithdrawn)
    .filter(({ taskId }) => goesOn.includes(taskId))
    .map(({ id, taskId, to, answerBy }) => {
      if (to !== HUB && denies(consents, to)) return `obtain-consent of case-manager for ${id}`;
      const isSender = to === row?.sender_org && taskId === root.id;
      const whom = to === HUB ? 'case-manager' : `${isSender ? 'sender' : 'receiver'} ${to}`;
      return `answer of ${whom} for ${id} by ${answerBy}`;
    });
  const found = deadlines
    .filter(({ messageId }) => messageId !== '')
    .map(({ messageId, step, waitingOn, organization, due }) =>
      step === 'answer'
        ? `answer of ${organization === null ? waitingOn : `${waitingOn} ${organization}`} for ${messageId} by ${due}`
        : `${step} of ${waitingOn} for ${messageId}`,
    );
  return [
    ...wanted.filter((each) => !found.includes(each)).map((each) => `Nobody waits for the ${each}.`),
    ...found.filter((each) => !wanted.includes(each)).map((each) => `Somebody waits for the ${each}.`),
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
function readBy({ readable }: Seen, { id, from, to }: SeenMessage): string[] {
  const readers = readable.find(({ reference }) => reference === `Communication/${id}`)?.readers ?? [];
  const strangers = readers.filter((each) => each !== from && each !== to);
  return strangers.map((each) => `${each} may read the message ${id} of ${from} to ${to}.`);
}
