import { fdatasyncSync, mkdirSync } from 'node:fs';
import { PGlite, types } from '@electric-sql/pglite';
import { NodeFS } from '@electric-sql/pglite/nodefs';
import { AppError } from '../errors.ts';
import type { Database, Transaction } from './database.ts';
import { lockFolder } from './folder-lock.ts';
import { TextList } from './parameters.ts';
import { parseJson } from './written-numbers.ts';

/**
 * Opens the embedded store: PostgreSQL in this process, in one folder, durable.
 *
 * It is for a trial or a small agency: one process, one writer at a time. It refuses to run where it cannot prove
 * that a commit reaches the disk.
 * @param dataDir the folder; made when missing
 * @throws AppError when another process has the folder open
 */
export async function openEmbedded(dataDir: string): Promise<Database> {
  mkdirSync(dataDir, { recursive: true });
  const unlock = lockFolder(dataDir);
  try {
    const files = new DurableFiles(`${dataDir}/store`);
    const store = await PGlite.create({
      fs: files,
      startParams: durableStartParams(),
      relaxedDurability: false,
      parsers,
    });
    await proveDurable(store, files);
    return asDatabase(store, unlock);
  } catch (thrown) {
    unlock();
    throw thrown;
  }
}

/** What comes as JSON is read with its numbers as they are written. */
const parsers = { [types.JSON]: parseJson };

function asDatabase(store: PGlite, unlock: () => void): Database {
  return {
    kind: 'embedded',
    query: (text, values) => run(store, text, values),
    transaction: (work) => store.transaction((tx) => work(asTransaction(tx))),
    listen: async (channel, onNotify, onHearing) => {
      const unlisten = await store.listen(channel, onNotify);
      onHearing?.(true);
      return unlisten;
    },
    close: async () => {
      await store.close();
      unlock();
    },
  };
}

function asTransaction(tx: Runner): Transaction {
  const query: Transaction['query'] = (text, values) => run(tx, text, values);
  return { query, commitWith: (rows) => rows.flush(query) };
}

type Runner = { query: (text: string, values?: unknown[]) => Promise<{ rows: unknown[] }> };

async function run<Row>(runner: Runner, text: string, values?: readonly unknown[]): Promise<Row[]> {
  const { rows } = await runner.query(text, values?.map(sent));
  return rows as Row[];
}

function sent(value: unknown): unknown {
  return value instanceof TextList ? value.texts : value;
}

interface StreamOperations {
  fsync?: (stream: { nfd: number }) => number;
}
interface EmscriptenModule {
  NODEFS?: { stream_ops: StreamOperations };
  FS?: { filesystems: { NODEFS: { stream_ops: StreamOperations } } };
}
type PreRun = (module: EmscriptenModule) => void;

/** The store's files on disk, with the flush that the stock file system leaves out. */
class DurableFiles extends NodeFS {
  flushes = 0;

  override async init(...args: Parameters<NodeFS['init']>): ReturnType<NodeFS['init']> {
    const result = await super.init(...args);
    const preRun = result.emscriptenOpts.preRun as unknown as PreRun[];
    preRun.push((module) => {
      const nodefs = module.NODEFS ?? module.FS?.filesystems.NODEFS;
      if (nodefs) nodefs.stream_ops.fsync = (stream) => this.flush(stream.nfd);
    });
    return result;
  }

  private flush(descriptor: number): number {
    fdatasyncSync(descriptor);
    this.flushes += 1;
    return 0;
  }
}

function durableStartParams(): string[] {
  const stock = PGlite.defaultStartParams.filter((param) => param !== '-F');
  return [...stock, '-c', 'fsync=on', '-c', 'wal_sync_method=fsync', '-c', 'shared_buffers=32MB'];
}

/** Commits once and requires that a flush to disk happened: the hook above leans on internals that may move. */
async function proveDurable(store: PGlite, files: DurableFiles): Promise<void> {
  await store.query('CREATE TABLE IF NOT EXISTS durability_probe (checked_at timestamptz NOT NULL)');
  const before = files.flushes;
  await store.transaction(async (tx) => {
    await tx.query('DELETE FROM durability_probe');
    await tx.query('INSERT INTO durability_probe VALUES (now())');
  });
  if (files.flushes > before) return;
  await store.close();
  throw new AppError(
    'fault',
    'store.not-durable',
    'The embedded store does not flush commits to disk here, so it would lose data on a power cut. Set DATABASE_URL to a PostgreSQL server instead.',
  );
}
