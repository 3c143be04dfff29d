import type { Task } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isTerminal } from '../../loops/words.ts';
import type { StoredTask } from '../task-changes.ts';
import { othersOn, sidesOf, tasksSeen } from './sides.ts';

/** Whom somebody may write to about a loop, and about which Task. */
export interface Addressee {
  readonly organizationId: string;
  readonly task: StoredTask;
  /** Whether work goes on there: only then an answer can be awaited. */
  readonly goesOn: boolean;
}

/**
 * Whom a caller may write to about a loop: each organization for each Task it has of it, those where work goes on first, then
 * the later before the earlier.
 * @throws AppError (404) when the caller may see nothing of it
 */
export async function addresseesOf(unit: UnitOfWork, loopId: string): Promise<Addressee[]> {
  const tasks = await tasksSeen(unit, loopId);
  if (tasks.length === 0) throw noSuchLoop();
  const root = await unit.find<Task>('Task', loopId, BY_HUB);
  const found: Addressee[] = [];
  for (const task of tasks.toReversed()) {
    const goesOn = !isTerminal(root?.status) && !isTerminal(task.status);
    const others = othersOn(unit.caller.organizationId, await sidesOf(unit, task));
    found.push(...others.map((organizationId) => ({ organizationId, task, goesOn })));
  }
  return [...found.filter(({ goesOn }) => goesOn), ...found.filter(({ goesOn }) => !goesOn)];
}

export function noSuchLoop(): AppError {
  return new AppError('notFound', 'loops.not-found', 'There is no such loop.');
}

/** The addressee that is meant. @throws AppError (422) when it is none, or it is not said which */
export function chosen(
  all: readonly Addressee[],
  { to, taskId }: { readonly to?: string | undefined; readonly taskId?: string | undefined },
): Addressee {
  const fit = all.filter(
    ({ organizationId, task }) => (!to || organizationId === to) && (!taskId || task.id === taskId),
  );
  const [first] = fit;
  const isOne = new Set(fit.map(({ organizationId }) => organizationId)).size === 1;
  if (first && (isOne || taskId)) return first;
  const names = [...new Set(all.map(({ organizationId }) => organizationId))].join(', ');
  const text = names
    ? `Say to whom: one of ${names}.`
    : 'There is nobody to write to: no organization has a part in this referral.';
  throw new AppError('unprocessable', 'message.recipient', text, { issues: [{ text, expression: 'to' }] });
}
