import { Client, type ClientBase, Pool, type PoolClient } from 'pg';
import type { Database, Sql } from './database.ts';

/** Opens a pool of connections to a PostgreSQL server. @param url a `postgres://` address */
export async function openPool(url: string, connections = 10): Promise<Database> {
  const pool = new Pool({ connectionString: url, max: connections });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  await pool.query('SELECT 1');
  return {
    kind: 'server',
    query: (text, values) => run(pool, text, values),
    transaction: (work) => inTransaction(pool, work),
    listen: (channel, onNotify) => listen(url, channel, onNotify),
    close: () => pool.end(),
  };
}

async function inTransaction<T>(pool: Pool, work: (tx: Sql) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work({ query: (text, values) => run(client, text, values) });
    await client.query('COMMIT');
    return result;
  } catch (thrown) {
    broken = await rollback(client);
    throw thrown;
  } finally {
    client.release(broken);
  }
}

async function rollback(client: PoolClient): Promise<Error | undefined> {
  try {
    await client.query('ROLLBACK');
    return undefined;
  } catch (thrown) {
    return thrown instanceof Error ? thrown : new Error('rollback failed');
  }
}

// One statement text is one prepared statement on each connection: the text is parsed and planned once.
const statementNames = new Map<string, string>();

function nameOf(text: string): string {
  let name = statementNames.get(text);
  if (!name) {
    name = `careloop_${statementNames.size}`;
    statementNames.set(text, name);
  }
  return name;
}

async function run<Row>(client: Pool | ClientBase, text: string, values?: readonly unknown[]): Promise<Row[]> {
  const statement = values ? { name: nameOf(text), text, values: [...values] } : { text };
  const result = await client.query(statement);
  return result.rows as Row[];
}

const RECONNECT_MS = 1_000;

/** Listens on a connection of its own, and opens a new one whenever it is lost. */
async function listen(url: string, channel: string, onNotify: (payload: string) => void): Promise<() => Promise<void>> {
  let stopped = false;
  let client: Client | undefined;
  const connect = async (): Promise<void> => {
    const next = new Client({ connectionString: url });
    next.on('notification', (message) => onNotify(message.payload ?? ''));
    next.on('error', () => undefined);
    next.on('end', () => {
      if (!stopped) setTimeout(() => connect().catch(() => undefined), RECONNECT_MS).unref();
    });
    await next.connect();
    await next.query(`LISTEN ${channel}`);
    client = next;
  };
  await connect();
  return async () => {
    stopped = true;
    await client?.end();
  };
}
