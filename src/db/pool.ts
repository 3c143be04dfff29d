import { type ClientBase, Pool, type PoolClient } from 'pg';
import type { Database, Sql } from './database.ts';
import { Listener } from './listener.ts';

/** Opens a pool of connections to a PostgreSQL server. @param url a `postgres://` address */
export async function openPool(url: string, connections = 10): Promise<Database> {
  const pool = new Pool({ connectionString: url, max: connections, options: SHORT_STATEMENTS });
  // An idle connection that breaks is replaced by the pool; without a listener it would end the process.
  pool.on('error', () => undefined);
  await pool.query('SELECT 1');
  const listener = new Listener(url);
  return {
    kind: 'server',
    query: (text, values) => run(pool, text, values),
    transaction: (work) => inTransaction(pool, work),
    listen: (channel, onNotify) => listener.listen(channel, onNotify),
    close: async () => {
      await listener.close();
      await pool.end();
    },
  };
}

// Statements here are short and many: compiling one, or starting workers for it, takes longer than it does.
const SHORT_STATEMENTS = '-c jit=off -c max_parallel_workers_per_gather=0';

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

// One statement text is one prepared statement on each connection: parsed and planned once. Searches can be worded in
// endless ways: what comes after the first few hundred is planned each time, rather than kept for ever.
const statementNames = new Map<string, string>();
const MOST_NAMED = 300;

function nameOf(text: string): string | undefined {
  const known = statementNames.get(text);
  if (known || statementNames.size >= MOST_NAMED) return known;
  const name = `careloop_${statementNames.size}`;
  statementNames.set(text, name);
  return name;
}

async function run<Row>(client: Pool | ClientBase, text: string, values?: readonly unknown[]): Promise<Row[]> {
  const name = values && nameOf(text);
  const statement = { text, ...(values ? { values: [...values] } : {}), ...(name ? { name } : {}) };
  const result = await client.query(statement);
  return result.rows as Row[];
}
