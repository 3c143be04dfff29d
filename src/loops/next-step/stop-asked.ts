import type { Task } from '@medplum/fhirtypes';
import type { LoopRecords } from '../projection/records.ts';
import { progressOf, wantsCancel } from '../words.ts';

/** Since when it is asked without a break that the work be stopped. */
export function stopAskedAt(
  leg: Task & { id: string },
  { transitions }: Pick<LoopRecords, 'transitions'>,
): Date | undefined {
  if (!wantsCancel(leg)) return undefined;
  const own = transitions.filter(({ taskId }) => taskId === leg.id);
  const before = own.findLastIndex(({ progress }) => progress !== progressOf(leg));
  const asked = own[before + 1]?.recordedAt;
  return asked === undefined ? undefined : new Date(asked);
}
