import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Database } from '../../src/db/database.ts';
import { openEmbedded } from '../../src/db/embedded.ts';
import { openPool } from '../../src/db/pool.ts';
import { createRunDatabase } from '../../test/partners/hub/run-database.ts';

const ROWS = 1_000;
const CALLERS = 10;
const BODY = JSON.stringify({ resourceType: 'Task', text: 'x'.repeat(1_000) });

/** How many one-row transactions of 1 kB a database commits in a second, with ten callers. @param serverUrl none: embedded */
export async function rawCommits(serverUrl: string | undefined): Promise<number> {
  const { db, close } = await (serverUrl ? onServer(serverUrl) : embedded());
  try {
    await db.query('CREATE TABLE raw_commit (id int PRIMARY KEY, body json NOT NULL)');
    await insert(db, 0, 100);
    const started = performance.now();
    await insert(db, 100, 100 + ROWS);
    return (ROWS / (performance.now() - started)) * 1_000;
  } finally {
    await close();
  }
}

async function insert(db: Database, from: number, to: number): Promise<void> {
  let next = from;
  const caller = async (): Promise<void> => {
    for (let id = next; id < to; id = next) {
      next += 1;
      await db.query('INSERT INTO raw_commit VALUES ($1, $2)', [id, BODY]);
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
}

interface Opened {
  readonly db: Database;
  readonly close: () => Promise<void>;
}

async function onServer(serverUrl: string): Promise<Opened> {
  const database = await createRunDatabase(serverUrl);
  const db = await openPool(database.url, CALLERS);
  return {
    db,
    close: async () => {
      await db.close();
      await database.drop();
    },
  };
}

async function embedded(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'careloop-bench-'));
  const db = await openEmbedded(join(folder, 'data'));
  return {
    db,
    close: async () => {
      await db.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}
