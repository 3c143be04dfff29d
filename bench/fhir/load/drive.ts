/** What one client does again and again. */
export interface Drive {
  /** @param client which of the clients asks, from 0 */
  one(client: number): Promise<void>;
  end(): Promise<void>;
}

export interface Driven {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p95Ms: number;
}

/** Lets `clients` do it, each one after another, for some seconds. */
export async function drive({ one }: Drive, clients: number, seconds: number): Promise<Driven> {
  const tooks: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1_000;
  const client = async (_: unknown, at: number): Promise<void> => {
    for (let asked = performance.now(); asked < end; asked = performance.now()) {
      await one(at);
      tooks.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const perSecond = (tooks.length / (performance.now() - started)) * 1_000;
  tooks.sort((a, b) => a - b);
  return { perSecond, p50Ms: at(tooks, 0.5), p95Ms: at(tooks, 0.95) };
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
