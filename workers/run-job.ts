import type { Deps } from '../src/deps.ts';
import { toAppError } from '../src/errors.ts';
import { describeThrown } from '../src/log.ts';
import { type OutboxMessage, postpone } from '../src/outbox/outbox.ts';
import type { Handlers } from './handlers.ts';

const AFTER_FAULT_MS = 5_000;

/** What a message of each kind is about, as its log line names it. */
const SUBJECTS: Readonly<Record<OutboxMessage['kind'], string>> = {
  deliver: 'deliveryId',
  export: 'jobId',
  wake: 'timerId',
  mail: 'mailId',
  'loop-mail': 'mailId',
  'mailbox-code': 'mailId',
};

/**
 * Carries out one message. A fault of ours is logged and the message tried again later; it is never lost, and never
 * stops the worker.
 */
export async function runJob(deps: Deps, handlers: Handlers, message: OutboxMessage): Promise<void> {
  const started = performance.now();
  const fields = { kind: message.kind, outboxId: message.id, [SUBJECTS[message.kind]]: message.subjectId };
  try {
    await handlers[message.kind](message.subjectId);
    deps.log.debug({ ...fields, durationMs: Math.round(performance.now() - started) }, 'job done');
  } catch (thrown) {
    const error = toAppError(thrown);
    deps.log.error({ ...fields, code: error.code, ...describeThrown(error.cause ?? error) }, 'job failed');
    await putOff(deps, message);
  }
}

async function putOff(deps: Deps, message: OutboxMessage): Promise<void> {
  try {
    await postpone(deps.db, message.subjectId, new Date(deps.now().getTime() + AFTER_FAULT_MS));
  } catch {
    // The database is away: the sweep gives the message back when it is there again.
  }
}
