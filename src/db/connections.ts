import { Connection, type Result, type Statement } from './connection.ts';
import type { How } from './database.ts';

/** Brief statements that share one connection at a time: few, so that none waits long for another. */
const MOST_TOGETHER = 4;

interface Slot {
  readonly connection: Connection;
  users: number;
  isAlone: boolean;
}

interface Waiting {
  readonly alone: boolean;
  readonly serve: (slot: Slot) => void;
}

/** The connections of a process to one PostgreSQL server: opened when they are needed, and kept. */
export class Connections {
  readonly #url: string;
  readonly #most: number;
  readonly #longestMs: number;
  readonly #slots = new Set<Slot>();
  readonly #waiting: Waiting[] = [];
  #closing: (() => void) | undefined;

  /** @param longestMs how long one statement may take; 0: as long as it likes */
  constructor(url: string, most: number, longestMs: number) {
    this.#url = url;
    this.#most = most;
    this.#longestMs = longestMs;
  }

  /** Runs a statement on a connection of its own, or, when it is brief, together with other brief ones. */
  run(statement: Statement, { brief = false, now = false }: How = {}): Promise<Result> {
    return this.#with(!brief, ({ connection }) => {
      const done = connection.run(statement);
      if (now) connection.send();
      return done;
    });
  }

  /** Gives a connection to nobody else until `work` is done. */
  alone<T>(work: (connection: Connection) => Promise<T>): Promise<T> {
    return this.#with(true, ({ connection }) => work(connection));
  }

  /** Closes each connection once nobody uses it. */
  async close(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closing = resolve;
    for (const slot of this.#slots) this.#closeIfFree(slot);
    if (this.#slots.size === 0) resolve();
    await promise;
  }

  #with<T>(alone: boolean, work: (slot: Slot) => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    // Called at once when a connection is chosen, so that what is chosen next sees what is sent already.
    const serve = (slot: Slot): void => {
      slot.users += 1;
      slot.isAlone = alone;
      work(slot)
        .then(resolve, reject)
        .finally(() => this.#release(slot));
    };
    this.#waiting.push({ alone, serve });
    this.#serveWaiting();
    return promise;
  }

  #serveWaiting(): void {
    for (let next = this.#waiting[0]; next; next = this.#waiting[0]) {
      const slot = this.#choose(next.alone);
      if (!slot) return;
      this.#waiting.shift();
      next.serve(slot);
    }
  }

  #choose(alone: boolean): Slot | undefined {
    const slots = [...this.#slots];
    const shared = alone ? undefined : slots.find(isOpenToOthers);
    return shared ?? slots.find(({ users }) => users === 0) ?? this.#open();
  }

  #open(): Slot | undefined {
    if (this.#slots.size >= this.#most) return undefined;
    const slot: Slot = {
      connection: new Connection(this.#url, this.#longestMs, () => this.#forget(slot)),
      users: 0,
      isAlone: false,
    };
    this.#slots.add(slot);
    return slot;
  }

  #release(slot: Slot): void {
    slot.users -= 1;
    this.#serveWaiting();
    if (this.#closing) this.#closeIfFree(slot);
  }

  #closeIfFree(slot: Slot): void {
    if (slot.users === 0) slot.connection.close().catch(() => this.#forget(slot));
  }

  #forget(slot: Slot): void {
    this.#slots.delete(slot);
    if (this.#closing && this.#slots.size === 0) this.#closing();
    this.#serveWaiting();
  }
}

function isOpenToOthers({ connection, users, isAlone }: Slot): boolean {
  return !isAlone && connection.isGathering && users < MOST_TOGETHER;
}
