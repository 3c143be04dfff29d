import { randomBytes } from 'node:crypto';
import type { Database } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { openPool } from '../../src/db/pool.ts';
import { databasePrefix } from './database-names.ts';
import { runSetting } from './run-settings.ts';

const TEMPLATE_LOCK = 727_002;

/** A copy of the database that this run migrated once. */
export async function cloneServerTemplate(): Promise<{ url: string; drop: () => Promise<void> }> {
  const name = `${databasePrefix(runSetting('TEST_RUN'))}${randomBytes(6).toString('hex')}`;
  await onServer(async (server) => {
    const template = await ensureTemplate(server);
    await server.query(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  });
  const drop = (): Promise<void> =>
    onServer(async (server) => {
      await server.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    });
  return { url: addressOf(name), drop };
}

/** Jest's workers come here at once: the lock lets one of them migrate while the others wait. */
async function ensureTemplate(server: Database): Promise<string> {
  const template = `${databasePrefix(runSetting('TEST_RUN'))}template`;
  await server.transaction(async (tx) => {
    await tx.query('SELECT pg_advisory_xact_lock($1)', [TEMPLATE_LOCK]);
    const existing = await tx.query('SELECT 1 FROM pg_database WHERE datname = $1', [template]);
    if (existing.length > 0) return;
    await migrateUnderAnotherName(server, template);
  });
  return template;
}

/** The template gets its name last: what bears it is complete, even if a worker is killed on the way. */
async function migrateUnderAnotherName(server: Database, template: string): Promise<void> {
  const draft = `${template}_draft`;
  await server.query(`DROP DATABASE IF EXISTS ${draft} WITH (FORCE)`);
  await server.query(`CREATE DATABASE ${draft}`);
  const db = await openPool(addressOf(draft), 1);
  await migrate(db).finally(() => db.close());
  await server.query(`ALTER DATABASE ${draft} RENAME TO ${template}`);
}

async function onServer(work: (server: Database) => Promise<void>): Promise<void> {
  // Two connections: one holds the lock, the other makes databases, which no transaction can.
  const server = await openPool(runSetting('TEST_DATABASE_URL'), 2);
  await work(server).finally(() => server.close());
}

function addressOf(database: string): string {
  const url = new URL(runSetting('TEST_DATABASE_URL'));
  url.pathname = `/${database}`;
  return url.href;
}
