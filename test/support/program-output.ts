import type { ChildProcess } from 'node:child_process';

type Stream = 'stdout' | 'stderr';

export interface LineOptions {
  readonly timeoutMs?: number;
  readonly from?: Stream;
}

/** What a program has printed so far, and a way to wait for more. */
export interface ProgramOutput {
  text(stream: Stream): string;
  /** @throws Error with both outputs, when the program ends or the time is over without such a line */
  line(pattern: RegExp, options?: LineOptions): Promise<RegExpMatchArray>;
}

export function readOutput(child: ChildProcess, name: string): ProgramOutput {
  const printed = { stdout: '', stderr: '' };
  let ended = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const look of waiting) look();
  };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (chunk: string) => {
      printed[stream] += chunk;
      wake();
    });
  }
  child.once('close', () => {
    ended = true;
    wake();
  });
  const line = async (pattern: RegExp, { timeoutMs = 30_000, from = 'stdout' }: LineOptions = {}) => {
    const { promise, resolve, reject } = Promise.withResolvers<RegExpMatchArray>();
    const fail = (what: string): void =>
      reject(new Error(`${name} ${what} without printing ${pattern}.\n${printed.stdout}\n${printed.stderr}`));
    const look = (): void => {
      const match = findLine(printed[from], pattern);
      if (match) resolve(match);
      else if (ended) fail(`ended with ${child.exitCode ?? child.signalCode}`);
    };
    waiting.add(look);
    const timer = setTimeout(() => fail(`ran for ${timeoutMs} ms`), timeoutMs);
    look();
    return promise.finally(() => {
      clearTimeout(timer);
      waiting.delete(look);
    });
  };
  return { text: (stream) => printed[stream], line };
}

function findLine(text: string, pattern: RegExp): RegExpMatchArray | undefined {
  for (const line of text.split('\n')) {
    const match = line.match(pattern);
    if (match) return match;
  }
  return undefined;
}
