/** How many requests of one there may be within a span of time. */
export interface Limit {
  readonly name: string;
  /** Spans begin at the same moment for everybody: those of a day at midnight UTC. */
  readonly spanMs: number;
  /** 0: as many as one likes. */
  readonly most: number;
}

/** Somebody has used up a limit. */
export interface UsedUp {
  readonly limit: Limit;
  readonly secondsLeft: number;
  /** Whether it is so for the first time in this span. */
  readonly isNew: boolean;
}

/** A count of this process that the others have not been told yet. */
export interface Untold {
  readonly name: string;
  readonly who: string;
  readonly endsAt: number;
  readonly count: number;
}

interface Count {
  readonly name: string;
  readonly who: string;
  readonly endsAt: number;
  here: number;
  told: number;
  elsewhere: number;
  isUsedUp: boolean;
}

/** More than call at one time, for each limit. When there are more, those of spans that are over go, and else all of it. */
const MOST_KEPT = 100_000;

/** Counts requests, in memory. What other processes have counted is added to it. */
export class Counts {
  /** By the name of the limit, then by who is counted. */
  readonly #counts = new Map<string, Map<string, Count>>();
  #untold = new Set<Count>();

  /** Counts one request. @returns undefined when it is within the limit */
  take(limit: Limit, who: string, now: number): UsedUp | undefined {
    if (limit.most === 0) return undefined;
    const count = this.#countOf(limit, who, now);
    if (count.here + count.elsewhere >= limit.most) return usedUp(limit, count, now);
    count.here += 1;
    this.#untold.add(count);
    return undefined;
  }

  /** As `take`, and counts nothing. */
  look(limit: Limit, who: string, now: number): UsedUp | undefined {
    const count = limit.most === 0 ? undefined : this.#counts.get(limit.name)?.get(who);
    const isOver = count && count.endsAt > now && count.here + count.elsewhere >= limit.most;
    return isOver ? usedUp(limit, count, now) : undefined;
  }

  /** What the others are to be told; from then on they know it. */
  takeUntold(): readonly Untold[] {
    const untold = [...this.#untold].map((count) => {
      const { name, who, endsAt } = count;
      const fresh = count.here - count.told;
      count.told = count.here;
      return { name, who, endsAt, count: fresh };
    });
    this.#untold = new Set();
    return untold;
  }

  /** What all processes have counted together. */
  hear({ name, who, endsAt, count: all }: Untold): void {
    const count = this.#counts.get(name)?.get(who);
    if (count?.endsAt === endsAt) count.elsewhere = Math.max(all - count.told, 0);
  }

  #countOf({ name, spanMs }: Limit, who: string, now: number): Count {
    const counts = this.#counts.get(name) ?? new Map<string, Count>();
    const known = counts.get(who);
    if (known && known.endsAt > now) return known;
    if (counts.size >= MOST_KEPT) this.#makeRoom(counts, now);
    const endsAt = (Math.floor(now / spanMs) + 1) * spanMs;
    const count = { name, who, endsAt, here: 0, told: 0, elsewhere: 0, isUsedUp: false };
    counts.set(who, count);
    this.#counts.set(name, counts);
    return count;
  }

  #makeRoom(counts: Map<string, Count>, now: number): void {
    for (const [who, { endsAt }] of counts) if (endsAt <= now) counts.delete(who);
    if (counts.size < MOST_KEPT) return;
    for (const count of counts.values()) this.#untold.delete(count);
    counts.clear();
  }
}

function usedUp(limit: Limit, count: Count, now: number): UsedUp {
  const isNew = !count.isUsedUp;
  count.isUsedUp = true;
  return { limit, secondsLeft: Math.max(Math.ceil((count.endsAt - now) / 1_000), 1), isNew };
}
