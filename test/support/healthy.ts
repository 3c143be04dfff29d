import { examineHub } from '../../src/doctor/commands.ts';
import { linesOf } from '../../src/doctor/examine.ts';
import type { TestHub } from './hub.ts';

/** What is left undone where no worker runs; all else must hold there, too. */
const OF_WORKERS: ReadonlySet<string> = new Set(['deadline', 'outbox', 'fetching']);

/**
 * Closes a hub in whose store everything is as it must be.
 * @param hasWorkers whether its workers have run
 * @throws Error with what is not, a line each
 */
export async function closeHealthy(hub: TestHub | undefined, hasWorkers = true): Promise<void> {
  if (!hub) return;
  const verdict = await examineHub(hub.deps).finally(() => hub.close());
  const findings = verdict.findings.filter(({ check }) => hasWorkers || !OF_WORKERS.has(check));
  if (findings.length > 0) throw new Error(`The doctor finds:\n${linesOf({ ...verdict, findings }).join('\n')}`);
}
