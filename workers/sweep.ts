import { leaseMs } from '../src/deliveries/deliver.ts';
import type { Deps } from '../src/deps.ts';
import { describeThrown } from '../src/log.ts';
import { foldCounts } from '../src/loops/counts/fold.ts';
import { giveBack } from '../src/outbox/outbox.ts';
import { reconsiderDue } from '../src/referrals/consent/reconsider-due.ts';
import type { Worker } from './waker.ts';

/** What the clock brings: messages that a lost queue or worker never finished become due again, consents end; and numbers are put together. */
export function startSweep(deps: Deps): Worker {
  let sweeping: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    sweeping = sweep(deps);
  }, deps.config.SWEEP_INTERVAL_MS);
  return {
    stop: async () => {
      clearInterval(timer);
      await sweeping;
    },
  };
}

async function sweep(deps: Deps): Promise<void> {
  try {
    const count = await giveBack(deps.db, new Date(deps.now().getTime() - leaseMs(deps.config.DELIVERY_TIMEOUT_MS)));
    if (count > 0) deps.log.warn({ count }, 'messages given back');
    await reconsiderDue(deps.store, deps.consentPolicy);
    await foldCounts(deps.db);
  } catch (thrown) {
    deps.log.error(describeThrown(thrown), 'sweep failed');
  }
}
