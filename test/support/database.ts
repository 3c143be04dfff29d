import type { Database } from '../../src/db/database.ts';
import { openEmbedded } from '../../src/db/embedded.ts';
import { openPool } from '../../src/db/pool.ts';
import { copyEmbeddedTemplate } from './embedded-template.ts';
import { cloneServerTemplate } from './server-template.ts';

export type DatabaseKind = Database['kind'];

/** The databases this run can test: the embedded one always, a server when there is one. */
export function databaseKinds(): DatabaseKind[] {
  return process.env.TEST_DATABASE_URL ? ['embedded', 'server'] : ['embedded'];
}

/** A migrated, empty place to keep things in; not opened yet, so that another process can be given it. */
export interface FreshStore {
  readonly kind: DatabaseKind;
  /** The settings that make the hub use it. */
  readonly settings: { readonly DATABASE_URL: string } | { readonly DATA_DIR: string };
  open(): Promise<Database>;
  /** Deletes it, also under those who still have it open. */
  remove(): Promise<void>;
}

export interface FreshDatabase {
  readonly db: Database;
  readonly settings: FreshStore['settings'];
  /** Closes the database and deletes it. */
  close(): Promise<void>;
}

export async function freshStore(kind: DatabaseKind): Promise<FreshStore> {
  if (kind === 'server') {
    const { url, drop } = await cloneServerTemplate();
    return { kind, settings: { DATABASE_URL: url }, open: () => openPool(url), remove: drop };
  }
  const { dataDir, remove } = await copyEmbeddedTemplate();
  return { kind, settings: { DATA_DIR: dataDir }, open: () => openEmbedded(dataDir), remove };
}

export async function freshDatabase(kind: DatabaseKind): Promise<FreshDatabase> {
  const store = await freshStore(kind);
  const db = await store.open();
  return {
    db,
    settings: store.settings,
    close: async () => {
      await db.close();
      await store.remove();
    },
  };
}
