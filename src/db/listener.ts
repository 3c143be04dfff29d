import { Client } from 'pg';

const RECONNECT_MS = 1_000;

interface Hearer {
  readonly onNotify: (payload: string) => void;
  /** Told when announcements are heard from now on, and when they are not heard any more. */
  readonly onHearing?: ((isHeard: boolean) => void) | undefined;
}

/**
 * Hears NOTIFYs of a PostgreSQL server for a whole process: one connection, whatever the number of those who listen.
 * A lost connection is opened anew; what was announced meanwhile is not heard, so listeners look for themselves now
 * and then.
 */
export class Listener {
  readonly #url: string;
  readonly #heard = new Map<string, Set<Hearer>>();
  #client: Promise<Client> | undefined;
  /** The connection that hears at this moment. */
  #hearing: Client | undefined;
  #isReconnecting = false;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
  }

  /**
   * Calls `onNotify` for each NOTIFY on a channel, until the returned function is called.
   * @throws when the server cannot be reached; asked again, it is tried again
   */
  async listen(channel: string, hearer: Hearer): Promise<() => Promise<void>> {
    const others = this.#heard.get(channel) ?? new Set();
    this.#heard.set(channel, others);
    this.#client ??= this.#connect();
    const client = await this.#client.catch((thrown: unknown) => {
      // One that was lost is opened anew by itself; one that was refused, when somebody asks again.
      if (!this.#isReconnecting) this.#client = undefined;
      throw thrown;
    });
    await client.query(`LISTEN ${channel}`);
    others.add(hearer);
    hearer.onHearing?.(this.#hearing === client);
    return async () => {
      others.delete(hearer);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    await client?.end();
  }

  async #connect(): Promise<Client> {
    // Several begin to listen at once: a client that is not told so will refuse that (pg 9).
    const client = new Client({ connectionString: this.#url, pipeline: true });
    client.on('notification', ({ channel, payload }) => {
      for (const { onNotify } of this.#heard.get(channel) ?? []) onNotify(payload ?? '');
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      for (const channel of this.#heard.keys()) await client.query(`LISTEN ${channel}`);
    } catch (thrown) {
      // What is half open would stay open on the server.
      client.end().catch(() => undefined);
      throw thrown;
    }
    client.once('end', () => this.#reconnect());
    this.#isReconnecting = false;
    this.#hears(client);
    return client;
  }

  #hears(client: Client | undefined): void {
    this.#hearing = client;
    for (const hearers of this.#heard.values()) for (const { onHearing } of hearers) onHearing?.(client !== undefined);
  }

  #reconnect(): void {
    this.#hears(undefined);
    if (this.#closed) return;
    this.#isReconnecting = true;
    setTimeout(() => {
      if (this.#closed) return;
      this.#client = this.#connect();
      this.#client.catch(() => this.#reconnect());
    }, RECONNECT_MS).unref();
  }
}
