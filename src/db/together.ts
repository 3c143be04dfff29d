/** What is done for several at once, because that costs little more than doing it for one. */
export interface Joint<Asked, Answer> {
  /** Does it for some of them, for all or for none; the answers come in their order. */
  readonly doFor: (some: readonly Asked[]) => Promise<readonly Answer[]>;
  /** Whether each is tried alone after it failed for several: what is wrong with one is no other's fault. */
  readonly isTriedAlone: (thrown: unknown) => boolean;
  /** For how many at the most. */
  readonly most: number;
  /**
   * How many times it is under way at once, unless that takes long: who comes in the meantime is served by the next.
   * For as many as there may be it begins beside others more often than for fewer, who may still become more.
   */
  readonly underWay: { readonly few: number; readonly most: number };
}

/** One that is slower than this holds up nobody: the next begins beside it. */
const PATIENCE_MS = 10;

interface Waiting<Asked, Answer> {
  readonly asked: Asked;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (thrown: unknown) => void;
}

/**
 * Gathers those who come in the same turn of the event loop, or while what they want is done for those before. Under
 * load that is one statement and one flush of the disk for many; who comes alone is served at the end of the turn.
 */
export class Together<Asked, Answer> {
  readonly #joint: Joint<Asked, Answer>;
  #waiting: Waiting<Asked, Answer>[] = [];
  #underWay = 0;
  #patience: NodeJS.Timeout | undefined;
  #over: (() => void)[] = [];

  constructor(joint: Joint<Asked, Answer>) {
    this.#joint = joint;
  }

  /** Resolves when it is done for this one. */
  ask(asked: Asked): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const count = this.#waiting.push({ asked, resolve, reject });
    // As many as there may be are begun with while the turn goes on with others.
    if (count >= this.#joint.most) this.#beginIfFree();
    else if (count === 1) setImmediate(() => this.#beginIfFree());
    return promise;
  }

  /** Resolves when nobody waits any more. */
  async over(): Promise<void> {
    if (this.#waiting.length + this.#underWay === 0) return;
    await new Promise<void>((resolve) => this.#over.push(resolve));
  }

  #beginIfFree(): void {
    if (this.#waiting.length === 0) return;
    const { most, underWay } = this.#joint;
    if (this.#underWay < (this.#waiting.length < most ? underWay.few : underWay.most)) this.#begin();
    else this.#patience ??= setTimeout(() => this.#begin(), PATIENCE_MS);
  }

  #begin(): void {
    clearTimeout(this.#patience);
    this.#patience = undefined;
    this.#underWay += 1;
    void this.#serve(this.#waiting.splice(0, this.#joint.most)).then(() => {
      this.#underWay -= 1;
      this.#beginIfFree();
      if (this.#waiting.length + this.#underWay === 0) for (const resolve of this.#over.splice(0)) resolve();
    });
    this.#beginIfFree();
  }

  async #serve(some: readonly Waiting<Asked, Answer>[]): Promise<void> {
    try {
      const answers = await this.#joint.doFor(some.map(({ asked }) => asked));
      for (const [at, { resolve }] of some.entries()) resolve(answers[at] as Answer);
    } catch (thrown) {
      if (some.length > 1 && this.#joint.isTriedAlone(thrown))
        await Promise.all(some.map((each) => this.#serve([each])));
      else for (const { reject } of some) reject(thrown);
    }
  }
}
