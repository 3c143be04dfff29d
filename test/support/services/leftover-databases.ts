import { openPool } from '../../../src/db/pool.ts';
import { databasePrefix } from '../database-names.ts';

/** Drops what one run made on a server that was handed in and goes on living. */
export async function dropLeftoverDatabases(url: string, run: string): Promise<void> {
  const server = await openPool(url, 1);
  try {
    const prefix = databasePrefix(run);
    const left = await server.query<{ name: string }>(
      'SELECT datname AS name FROM pg_database WHERE starts_with(datname, $1)',
      [prefix],
    );
    for (const { name } of left) await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  } finally {
    await server.close();
  }
}
