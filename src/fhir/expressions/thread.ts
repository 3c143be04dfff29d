import { Worker } from 'node:worker_threads';
import { AppError } from '../../errors.ts';
import type { Answered, Asked } from './messages.ts';

type Answer = Exclude<Answered, { readonly ready: true }>;

/** When the thread is ended, with the expression that is in it. */
export interface ThreadLimits {
  /** How long it has to end an expression by itself after its time is over. */
  readonly graceMs: number;
  /** How long an expression is let, whatever time it has. */
  readonly mostMs: number;
  /** How much memory it may use. @see https://nodejs.org/api/worker_threads.html#new-workerfilename-options */
  readonly oldMb: number;
  readonly youngMb: number;
}

export const USUAL_LIMITS: ThreadLimits = { graceMs: 1_000, mostMs: 5_000, oldMb: 256, youngMb: 32 };
/** How many calls may wait for the thread: each has one question at a time. */
const MOST_WAITING = 100;

interface Waiting {
  readonly place: string;
  readonly pack: () => Asked;
  readonly resolve: (answered: { readonly answer: Answer; readonly packMs: number }) => void;
  readonly reject: (error: AppError) => void;
}

interface Running extends Waiting {
  readonly packMs: number;
  readonly timer: NodeJS.Timeout;
}

export interface Thread {
  /** @param pack writes down what is asked, when its turn has come */
  readonly ask: (place: string, pack: () => Asked) => Promise<{ readonly answer: Answer; readonly packMs: number }>;
  readonly close: () => Promise<void>;
}

/** One thread for expressions, and the queue before it. */
export function openThread({ graceMs, mostMs, oldMb, youngMb }: ThreadLimits): Thread {
  const resourceLimits = { maxOldGenerationSizeMb: oldMb, maxYoungGenerationSizeMb: youngMb };
  const queue: Waiting[] = [];
  let worker: Worker | undefined;
  let isReady = false;
  let running: Running | undefined;

  const settle = (end: (one: Running) => void): void => {
    if (!running) return;
    const one = running;
    running = undefined;
    clearTimeout(one.timer);
    end(one);
    next();
  };
  const next = (): void => {
    if (running) return;
    if (queue.length === 0) {
      // A thread nobody waits for keeps no process from ending.
      worker?.unref();
      return;
    }
    worker ??= start();
    worker.ref();
    if (isReady) send(worker, queue.shift() as Waiting);
  };
  const send = (to: Worker, waiting: Waiting): void => {
    const begun = performance.now();
    let asked: Asked;
    try {
      asked = waiting.pack();
    } catch (cause) {
      waiting.reject(new AppError('fault', 'expression.fault', 'An expression was not evaluated.', { cause }));
      next();
      return;
    }
    const timer = setTimeout(() => void to.terminate(), Math.min(Math.max(0, asked.leftMs) + graceMs, mostMs));
    running = { ...waiting, packMs: performance.now() - begun, timer };
    to.postMessage(asked);
  };
  const start = (): Worker => {
    const made = new Worker(new URL('./path-worker.ts', import.meta.url), { resourceLimits, execArgv: [] });
    let failure: unknown;
    made.on('message', (answered: Answered) => {
      if ('ready' in answered) {
        isReady = true;
        next();
      } else settle(({ resolve, packMs }) => resolve({ answer: answered, packMs }));
    });
    made.on('error', (thrown) => {
      failure = thrown;
    });
    made.on('exit', () => {
      const hadBegun = isReady;
      [worker, isReady] = [undefined, false];
      if (!hadBegun) for (const { reject } of queue.splice(0)) reject(notStarted(failure));
      settle(({ reject, place }) => reject(endedBy(failure, place)));
    });
    return made;
  };
  return {
    ask: (place, pack) =>
      new Promise((resolve, reject) => {
        if (queue.length >= MOST_WAITING) return reject(tooMany());
        queue.push({ place, pack, resolve, reject });
        next();
      }),
    close: async () => {
      await worker?.terminate();
    },
  };
}

function notStarted(cause: unknown): AppError {
  return new AppError('fault', 'expression.no-thread', 'The thread of expressions cannot be started.', { cause });
}

/** An expression that has ended the thread: by its memory, or because its time was over. */
function endedBy(failure: unknown, place: string): AppError {
  const { code } = (failure ?? {}) as { readonly code?: unknown };
  const isOurs = failure !== undefined && code !== 'ERR_WORKER_OUT_OF_MEMORY';
  if (isOurs) return new AppError('fault', 'expression.fault', 'An expression was not evaluated.', { cause: failure });
  const why = failure === undefined ? 'It takes too long.' : 'It takes too much memory.';
  const text = `This FHIRPath expression cannot be evaluated. ${why}`;
  return new AppError('unprocessable', 'expression.not-usable', text, { issues: [{ text, expression: place }] });
}

function tooMany(): AppError {
  const text = `The expressions of ${MOST_WAITING} other calls are waiting to be evaluated. Try again in a few seconds.`;
  return new AppError('busy', 'expression.too-many', text);
}
