import { randomBytes } from 'node:crypto';
import { Client } from 'pg';

/** A database made for one run on a server that goes on living. */
export interface RunDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

export async function createRunDatabase(serverUrl: string): Promise<RunDatabase> {
  const name = `careloop_run_${randomBytes(6).toString('hex')}`;
  await onServer(serverUrl, `CREATE DATABASE ${name}`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(serverUrl, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new Client({ connectionString: url });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
