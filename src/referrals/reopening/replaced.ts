import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { organizationBehind } from '../../directory/directory.ts';
import { AppError } from '../../errors.ts';
import { idOf } from '../../fhir/references.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { lockLoop } from '../../loops/projection/store.ts';
import { isReferralTask, isTerminal } from '../../loops/words.ts';
import { type ReferralDeps, recordConsequence, type StoredTask, sameStatus } from '../task-changes.ts';

/**
 * The referral of the same sender that a new one takes the place of, by its ServiceRequest's `replaces`.
 * @returns undefined when it replaces none that was sent through this hub by the same organization
 * @throws AppError when that one goes on
 * @see https://hl7.org/fhir/R4/servicerequest-definitions.html#ServiceRequest.replaces
 */
export async function replacedReferral(
  unit: UnitOfWork,
  task: StoredTask,
  { replaces }: ServiceRequest,
): Promise<StoredTask | undefined> {
  for (const reference of replaces ?? []) {
    const old = await rootOf(unit, idOf('ServiceRequest', reference) ?? '');
    if (!old || !(await isOfSame(unit, old, task))) continue;
    if (isTerminal(old.status)) return old;
    const text = `The referral that this one replaces goes on (Task/${old.id} is ${old.status}). Cancel it first, or send this one without replaces.`;
    throw new AppError('unprocessable', 'referral.replaces-open', text, {
      issues: [{ text, expression: 'ServiceRequest.replaces' }],
      subject: { type: 'Task', id: task.id },
    });
  }
  return undefined;
}

/** The loop that was replaced says by which; how it ended stays as it is. */
export function noteReplaced(unit: UnitOfWork, deps: ReferralDeps, old: StoredTask, by: StoredTask): void {
  const said = { ...old, statusReason: { text: `Opened again: loop ${by.id}.` }, lastModified: unit.now.toISOString() };
  recordConsequence(unit, deps, old.id, said, [sameStatus(old)]);
}

async function rootOf(unit: UnitOfWork, requestId: string): Promise<StoredTask | undefined> {
  const rows = await unit.tx.query<{ id: string }>(ROOT_SQL, [[`Task.focus=ServiceRequest/${requestId}`]]);
  for (const { id } of rows) {
    if (!(await lockLoop(unit, id))) continue;
    const task = await unit.find<Task>('Task', id, BY_HUB);
    if (task && isReferralTask(task) && !task.partOf?.length) return task as Stored<Task>;
  }
  return undefined;
}

const ROOT_SQL = `SELECT id FROM resource WHERE type = 'Task' AND NOT deleted AND tokens @> $1::text[] ORDER BY id`;

async function isOfSame(unit: UnitOfWork, old: StoredTask, task: StoredTask): Promise<boolean> {
  const [theirs, ours] = [old, task].map(({ requester }) => organizationBehind(unit, requester?.reference));
  return (await theirs) === (await ours);
}
