import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConsentPolicy } from '../access/consent/policy.ts';
import { type Config, configSchema } from '../config.ts';
import type { Database, Sql } from '../db/database.ts';
import { recordIn } from '../fhir/audit/record/new-entry.ts';
import type { Caller } from '../fhir/caller.ts';
import type { Policies } from '../loops/policy/policy.ts';
import { sortedKeys } from '../loops/projection/canonical.ts';

/** What the hub is started with, each part by its name, with a digest of what it says. */
export type Configuration = Readonly<Record<string, string>>;

/** Settings that say nothing of the hub but of one process, or where its stores are; with the latter go passwords. */
const LEFT_OUT: ReadonlySet<string> = new Set([
  ...['PORT', 'LOG_LEVEL', 'WORKERS', 'API_PROCESSES', 'DELIVERY_CONCURRENCY', 'DATA_DIR'],
  ...['DATABASE_URL', 'REDIS_URL', 'SMTP_URL', 'SECRETS_KEYS'],
]);

/** The policies, the consent policy, further profiles, and the settings, as this process was started with them. */
export function configurationOf(deps: {
  readonly config: Config;
  readonly policies: Policies;
  readonly consentPolicy: ConsentPolicy;
}): Configuration {
  const settings = (Object.keys(configSchema.shape) as (keyof Config)[]).filter((name) => !LEFT_OUT.has(name));
  return {
    policies: deps.policies.digest,
    'consent-policy': digestOf(deps.consentPolicy),
    profiles: digestOf(textsIn(deps.config.PROFILES_DIR)),
    ...Object.fromEntries(settings.map((name) => [name, digestOf(deps.config[name] ?? null)])),
  };
}

/**
 * Keeps what the hub is started with, and in the audit what of it is another than it was: by its name, never what it
 * says. The first start changes nothing. Several processes may do so at once.
 * @param caller by which door it was changed
 */
export async function noteConfiguration(
  { db, now }: { readonly db: Database; readonly now: () => Date },
  caller: Caller,
  configuration: Configuration,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query('LOCK TABLE configured IN EXCLUSIVE MODE');
    const before = await lastConfigured(tx);
    const other = Object.entries(configuration).filter(([what, digest]) => before.get(what) !== digest);
    if (other.length === 0) return;
    const at = now();
    await tx.query(
      `INSERT INTO configured (what, digest, since) SELECT what, digest, $3 FROM unnest($1::text[], $2::text[]) AS t (what, digest)
       ON CONFLICT (what) DO UPDATE SET digest = EXCLUDED.digest, since = EXCLUDED.since`,
      [other.map(([what]) => what), other.map(([, digest]) => digest), at],
    );
    const changed = other.flatMap(([what]) => (before.has(what) ? [what] : []));
    await recordIn(
      tx,
      caller,
      at,
      changed.map((query) => ({ action: 'U', interaction: 'configuration-changed', query })),
    );
  });
}

async function lastConfigured(tx: Sql): Promise<ReadonlyMap<string, string>> {
  const rows = await tx.query<{ what: string; digest: string }>('SELECT what, digest FROM configured');
  return new Map(rows.map(({ what, digest }) => [what, digest]));
}

/** @param folders comma separated */
function textsIn(folders = ''): string[] {
  const names = folders.split(',').flatMap((each) => (each.trim() === '' ? [] : [each.trim()]));
  return names.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort()
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
}

function digestOf(value: unknown): string {
  return createHash('sha256')
    .update(JSON.stringify(sortedKeys(value)))
    .digest('hex');
}
