import { Client, type CustomTypesConfig, types } from 'pg';
import { parseJson } from './written-numbers.ts';

/** What is sent to the server; with a name it is parsed and planned once on each connection. */
export interface Statement {
  readonly text: string;
  readonly values?: readonly unknown[] | undefined;
  readonly name?: string | undefined;
}

/** What a statement gave. */
export interface Result {
  readonly rows: readonly unknown[];
  /** What it did, e.g. `COMMIT`. */
  readonly command: string;
}

// Statements here are short and many: compiling one, or starting workers for it, takes longer than it does.
const SHORT_STATEMENTS = '-c jit=off -c max_parallel_workers_per_gather=0';

/** What comes as JSON is read with its numbers as they are written. */
const TYPES: CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    oid === types.builtins.JSON ? parseJson : types.getTypeParser(oid, format)) as CustomTypesConfig['getTypeParser'],
};

/**
 * One connection to a PostgreSQL server. Statements are sent without waiting for the answers to those before
 * (pipelining), and all that are given in one turn of the event loop go out in one write.
 * @see https://www.postgresql.org/docs/15/protocol-flow.html#PROTOCOL-FLOW-PIPELINING
 */
export class Connection {
  readonly #client: Client;
  #opening: Promise<unknown> | undefined;
  #isGathering = false;
  #isLost = false;

  /**
   * @param longestMs how long one statement may take; 0: as long as it likes
   * @param onLost called once when the connection is no more, however that came
   */
  constructor(url: string, longestMs: number, onLost: () => void) {
    const options = `${SHORT_STATEMENTS} -c statement_timeout=${longestMs}`;
    this.#client = new Client({ connectionString: url, pipeline: true, options, types: TYPES });
    const lose = (): void => {
      this.#isLost = true;
      onLost();
    };
    // Without a listener an idle connection that breaks would end the process.
    this.#client.on('error', lose);
    this.#client.once('end', lose);
    this.#opening = this.#client.connect().then(
      () => {
        this.#opening = undefined;
      },
      (thrown: unknown) => {
        lose();
        throw thrown;
      },
    );
    this.#opening.catch(() => undefined);
  }

  /** Whether statements wait to be sent together at the end of this turn. */
  get isGathering(): boolean {
    return this.#isGathering;
  }

  /**
   * What is sent and what comes is taken from the statement once it is over: the queues of `pg` lead from each that is over to the next,
   * until all of the memory is looked through, and with them would keep much of what a process works with.
   * @throws the server's error, with its SQLSTATE; 08006 where the connection was lost
   */
  async run({ text, values, name }: Statement): Promise<Result> {
    if (this.#opening) await this.#opening;
    this.#gather();
    const sent = values && [...values];
    try {
      const result = await this.#client.query({ text, ...(sent ? { values: sent } : {}), ...(name ? { name } : {}) });
      const { rows, command } = result;
      result.rows = [];
      return { rows, command };
    } catch (thrown) {
      throw this.#isLost ? asLost(thrown) : thrown;
    } finally {
      sent?.splice(0);
    }
  }

  /** Sends what was given so far now, rather than at the end of this turn. */
  send(): void {
    if (!this.#isGathering) return;
    this.#isGathering = false;
    this.#client.connection.stream.uncork();
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    await this.#client.end();
  }

  #gather(): void {
    if (this.#isGathering) return;
    this.#isGathering = true;
    const { stream } = this.#client.connection;
    stream.cork();
    setImmediate(() => this.send());
  }
}

/** The SQLSTATE of a connection that failed. @see https://www.postgresql.org/docs/15/errcodes-appendix.html */
const CONNECTION_FAILURE = '08006';

/** What failed with its connection: `pg` says so without a code of all but the statement that the server answers last. */
function asLost(thrown: unknown): unknown {
  if (!(thrown instanceof Error) || 'code' in thrown) return thrown;
  return Object.assign(new Error('The connection to the database was lost.', { cause: thrown }), {
    code: CONNECTION_FAILURE,
  });
}
