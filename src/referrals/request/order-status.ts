import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { idOf } from '../../fhir/references.ts';
import type { FinishRule } from '../../fhir/store/transact.ts';
import { BY_HUB, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isReferralTask } from '../../loops/words.ts';

/** Where a part stands, as the hub's own request to who does it says. @see https://hl7.org/fhir/R4/valueset-request-status.html */
const STATUS: Readonly<Record<string, NonNullable<ServiceRequest['status']>>> = {
  requested: 'active',
  accepted: 'active',
  'in-progress': 'active',
  'on-hold': 'on-hold',
  completed: 'completed',
  rejected: 'revoked',
  failed: 'revoked',
  cancelled: 'revoked',
  'entered-in-error': 'entered-in-error',
};

/** The hub's own request to an organization says whether that is still asked, waits, or has done it. */
export const orderStatus: FinishRule = async (unit) => {
  for (const { type, before, after } of [...unit.changes]) {
    if (type !== 'Task' || !before || !after) continue;
    const [was, task] = [before as Task, after as Task];
    if (was.status !== task.status && task.partOf?.length && isReferralTask(task)) await say(unit, task);
  }
};

async function say(unit: UnitOfWork, task: Task): Promise<void> {
  const status = STATUS[task.status ?? ''];
  const id = idOf('ServiceRequest', task.focus);
  const order = id ? await unit.lock<ServiceRequest>('ServiceRequest', id, BY_HUB) : undefined;
  if (!order || !status || order.intent !== 'filler-order' || order.status === status) return;
  await unit.put<ServiceRequest>({ ...order, status }, BY_HUB);
}
