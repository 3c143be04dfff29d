import type { Deps } from '../src/deps.ts';
import { bySettings } from '../src/fhir/audit/record/door.ts';
import { describeThrown } from '../src/log.ts';
import { applyCalendars } from '../src/loops/projection/apply-calendars.ts';
import { applyPolicies, startWithPolicies } from '../src/policies/apply.ts';
import { configurationOf, noteConfiguration } from '../src/policies/note-configuration.ts';
import type { Worker } from './waker.ts';

/**
 * Has open loops go by policies and calendars that have changed. A change for very many takes minutes: nothing else waits
 * for it here, and it stops between two batches. Any number of processes may do so at once.
 */
export async function startApplying(deps: Deps): Promise<Worker> {
  await noteConfiguration(deps, bySettings(deps.hubOrg), configurationOf(deps));
  await startWithPolicies(deps);
  let stopped = false;
  let running: Promise<void> | undefined;
  const apply = (): void => {
    running ??= applyAll(deps, () => !stopped).finally(() => {
      running = undefined;
    });
  };
  apply();
  const timer = setInterval(apply, deps.config.SWEEP_INTERVAL_MS);
  return {
    stop: async () => {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}

async function applyAll(deps: Deps, goesOn: () => boolean): Promise<void> {
  try {
    const count = (await applyPolicies(deps, goesOn)) + (await applyCalendars(deps.store, goesOn));
    if (count > 0) deps.log.info({ count }, 'loops go by changed policies or calendars');
  } catch (thrown) {
    deps.log.error(describeThrown(thrown), 'applying policies failed');
  }
}
