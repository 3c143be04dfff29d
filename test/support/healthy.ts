import { examineHub } from '../../src/doctor/commands.ts';
import { linesOf } from '../../src/doctor/examine.ts';
import type { TestHub } from './hub.ts';

/** Closes a hub in whose store everything is as it must be. @throws Error with what is not, a line each */
export async function closeHealthy(hub: TestHub | undefined): Promise<void> {
  if (!hub) return;
  const verdict = await examineHub(hub.deps).finally(() => hub.close());
  if (!verdict.ok) throw new Error(`The doctor finds:\n${linesOf(verdict).join('\n')}`);
}
