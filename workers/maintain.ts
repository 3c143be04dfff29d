import { tidyCounts } from '../src/access/limits/share-counts.ts';
import { tidyMailboxes } from '../src/access/mailbox/tidy.ts';
import { tidyOwnKeys } from '../src/access/own-keys/own-keys.ts';
import { tidySignIn } from '../src/access/sessions/end.ts';
import { tidyTokens } from '../src/access/tokens/tidy.ts';
import type { Deps } from '../src/deps.ts';
import { removeExpired } from '../src/fhir/operations/export/export-job.ts';
import { endDueShares } from '../src/fhir/sharing/end-shares.ts';
import { tidySubscriptions } from '../src/fhir/subscriptions/tidy.ts';
import { describeThrown } from '../src/log.ts';
import type { Worker } from './waker.ts';

const EVERY_MS = 3_600_000;

/**
 * Removes what is kept for a time only: files of exports, events and notifications that nobody will ask for any more,
 * tokens, assertions, sessions, invitations and links that have expired. Ends what was shared for a time only.
 * The embedded store has nobody else who tidies up behind it: there room of old row versions is freed, and statistics
 * are renewed.
 */
export async function maintain(deps: Deps): Promise<void> {
  try {
    const hub = { kind: 'hub', organizationId: deps.hubOrg } as const;
    await removeExpired(deps.db, deps.now());
    await tidyTokens(deps.db, deps.now());
    await tidyCounts(deps.db, deps.now());
    await tidySignIn(deps.db, deps.now(), deps.sessions.idleMs);
    await tidyMailboxes(deps.db, deps.now());
    await tidyOwnKeys(deps);
    await endDueShares(deps.store);
    await tidySubscriptions(deps.store, hub, deps.config.SUBSCRIPTION_EVENT_DAYS);
    if (deps.db.kind === 'embedded') await deps.db.query('VACUUM (ANALYZE)');
  } catch (thrown) {
    deps.log.error(describeThrown(thrown), 'maintenance failed');
  }
}

/** Tidies up every hour. Several processes may do so at once. */
export function startMaintenance(deps: Deps): Worker {
  let running: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    running = maintain(deps);
  }, EVERY_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await running;
    },
  };
}
