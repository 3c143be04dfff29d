import { Client } from 'pg';

const RECONNECT_MS = 1_000;

type OnNotify = (payload: string) => void;

/**
 * Hears NOTIFYs of a PostgreSQL server for a whole process: one connection, whatever the number of those who listen.
 * A lost connection is opened anew; what was announced meanwhile is not heard, so listeners look for themselves now
 * and then.
 */
export class Listener {
  readonly #url: string;
  readonly #heard = new Map<string, Set<OnNotify>>();
  #client: Promise<Client> | undefined;
  #closed = false;

  constructor(url: string) {
    this.#url = url;
  }

  /** Calls `onNotify` for each NOTIFY on a channel, until the returned function is called. */
  async listen(channel: string, onNotify: OnNotify): Promise<() => Promise<void>> {
    const others = this.#heard.get(channel) ?? new Set();
    this.#heard.set(channel, others);
    others.add(onNotify);
    this.#client ??= this.#connect();
    const client = await this.#client;
    await client.query(`LISTEN ${channel}`);
    return async () => {
      others.delete(onNotify);
    };
  }

  async close(): Promise<void> {
    this.#closed = true;
    const client = await this.#client?.catch(() => undefined);
    await client?.end();
  }

  async #connect(): Promise<Client> {
    const client = new Client({ connectionString: this.#url });
    client.on('notification', ({ channel, payload }) => {
      for (const onNotify of this.#heard.get(channel) ?? []) onNotify(payload ?? '');
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
    // Only a connection that was there can be lost; one that was refused is tried again by who asked for it.
    client.once('end', () => this.#reconnect());
    return client;
  }

  #reconnect(): void {
    if (this.#closed) return;
    setTimeout(() => {
      if (this.#closed) return;
      this.#client = this.#connect();
      this.#client.catch(() => this.#reconnect());
    }, RECONNECT_MS).unref();
  }
}
