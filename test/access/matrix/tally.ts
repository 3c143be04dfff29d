export interface Verdicts {
  readonly cells: number;
  readonly leaks: number;
  readonly wrongDenials: number;
  /** The first of them, in words. */
  readonly faults: readonly string[];
}

const MOST_TOLD = 40;

/** Counts what was asked, and what was answered wrongly. */
export class Tally {
  #cells = 0;
  #leaks = 0;
  #wrongDenials = 0;
  readonly #faults: string[] = [];

  /** One question and its answer. @param what where it was asked, for a person */
  cell(what: string, expected: boolean, shown: boolean): void {
    this.#cells += 1;
    if (expected === shown) return;
    if (shown) this.#leaks += 1;
    else this.#wrongDenials += 1;
    if (this.#faults.length < MOST_TOLD) this.#faults.push(`${shown ? 'leak' : 'wrong denial'}: ${what}`);
  }

  /** An answer that gives something away by how it is refused, or refuses as it should not. */
  refusal(what: string, expected: unknown, given: unknown): void {
    this.#cells += 1;
    if (JSON.stringify(expected) === JSON.stringify(given)) return;
    this.#leaks += 1;
    if (this.#faults.length < MOST_TOLD)
      this.#faults.push(`leak: ${what}: ${JSON.stringify(given)} instead of ${JSON.stringify(expected)}`);
  }

  verdicts(): Verdicts {
    return { cells: this.#cells, leaks: this.#leaks, wrongDenials: this.#wrongDenials, faults: this.#faults };
  }
}

/** Several verdicts as one. */
export function sumOf(...all: readonly Verdicts[]): Verdicts {
  const sum = (of: (each: Verdicts) => number): number => all.reduce((before, each) => before + of(each), 0);
  return {
    cells: sum(({ cells }) => cells),
    leaks: sum(({ leaks }) => leaks),
    wrongDenials: sum(({ wrongDenials }) => wrongDenials),
    faults: all.flatMap(({ faults }) => faults),
  };
}
