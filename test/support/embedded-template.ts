import { randomBytes } from 'node:crypto';
import { cpSync, existsSync } from 'node:fs';
import { mkdir, rename, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { openEmbedded } from '../../src/db/embedded.ts';
import { migrate } from '../../src/db/migrate.ts';
import { eventually } from './eventually.ts';
import { runSetting } from './run-settings.ts';

const MADE_WITHIN_MS = 45_000;

/** A copy of the data folder that this run migrated once: opening it skips the slow first start. */
export async function copyEmbeddedTemplate(): Promise<{ dataDir: string; remove: () => Promise<void> }> {
  const template = await ensureTemplate();
  const dataDir = join(runSetting('TEST_TMP'), `embedded-${randomBytes(6).toString('hex')}`);
  // A thousand small files: the synchronous copy takes a fraction of the time.
  cpSync(template, dataDir, { recursive: true });
  return { dataDir, remove: () => rm(dataDir, { recursive: true, force: true, maxRetries: 5 }) };
}

/** Jest's workers come here at once: one makes the template, the others wait for it. */
async function ensureTemplate(): Promise<string> {
  const template = join(runSetting('TEST_TMP'), 'embedded-template');
  if (existsSync(template)) return template;
  const turn = `${template}.turn`;
  await eventually(() => mkdir(turn), { timeoutMs: MADE_WITHIN_MS });
  try {
    if (!existsSync(template)) await make(template);
  } finally {
    await rmdir(turn);
  }
  return template;
}

/** The template gets its name last: what bears it is complete. */
async function make(template: string): Promise<void> {
  const draft = `${template}.draft`;
  await rm(draft, { recursive: true, force: true });
  const db = await openEmbedded(draft);
  await migrate(db).finally(() => db.close());
  await rename(draft, template);
}
