import { call } from '../../test/support/api.ts';

/** How long each of some requests took, in ms, one after another. */
export async function latencies(count: number, ask: (at: number) => Promise<void>): Promise<number[]> {
  const tooks: number[] = [];
  for (let at = 0; at < count; at += 1) {
    const started = performance.now();
    await ask(at);
    tooks.push(performance.now() - started);
  }
  return tooks;
}

/** Asks again and again, with a pause between, until `isOver`. */
export async function latenciesUntil(
  isOver: () => boolean,
  pauseMs: number,
  ask: () => Promise<void>,
): Promise<number[]> {
  const tooks: number[] = [];
  while (!isOver()) {
    tooks.push(...(await latencies(1, ask)));
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  return tooks;
}

/** @param share e.g. 0.95 */
export function percentile(tooks: readonly number[], share: number): number {
  const sorted = tooks.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

interface Page {
  readonly loops: readonly unknown[];
  readonly next: string | null;
}

/** Pages of a list, each behind the one before, and from the beginning again at its end. @param token whose list it is; by itself an operator's */
export function pages(hubUrl: string, query = 'waitingOn=receiver', token?: string): () => Promise<void> {
  let next: string | null = null;
  return async () => {
    const cursor: string = next ? `&cursor=${next}` : '';
    const url = `${hubUrl}/api/loops?${query}&limit=50${cursor}`;
    const { status, body } = await call<Page>('GET', url, token === undefined ? {} : { token });
    if (status !== 200 || body.loops.length === 0) throw new Error(`A page of the worklist: ${status}`);
    next = body.next;
  };
}

/** What the open loops wait for, all of them counted. */
export function counts(hubUrl: string, open: number): () => Promise<void> {
  return async () => {
    const { status, body } = await call<{ open: number }>('GET', `${hubUrl}/api/loops/counts`);
    if (status !== 200 || body.open < open) throw new Error(`The counts: ${status}`);
  };
}
