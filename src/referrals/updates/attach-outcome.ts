import type { Reference, ServiceRequest, Task, TaskOutput } from '@medplum/fhirtypes';
import { idOf } from '../../fhir/references.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { lockLoop } from '../../loops/projection/store.ts';
import { isReferralTask, SDOHCC_CODES } from '../../loops/words.ts';
import { putByHub, type ReferralDeps, type StoredTask } from '../task-changes.ts';
import { carryOn } from './carry-on.ts';

/** A Procedure (Observation, QuestionnaireResponse) based on a referral's ServiceRequest becomes an output of its Task. */
export async function attachOutcome(unit: UnitOfWork, deps: ReferralDeps, result: Stored): Promise<void> {
  // What was entered in error is no outcome.
  if ('status' in result && result.status === 'entered-in-error') return;
  for (const requestId of basedOnRequests(result)) {
    const task = await taskFor(unit, requestId);
    if (!task || lists(task, result)) continue;
    if (
      task.owner?.reference !== `Organization/${unit.caller.organizationId}` &&
      unit.caller.organizationId !== deps.hubOrg
    )
      continue;
    // What was never sent has no loop.
    if (!(await lockLoop(unit, task.id))) continue;
    const current = (await unit.lock<Task>('Task', task.id, BY_HUB)) ?? task;
    if (lists(current, result)) continue;
    const after = await putByHub(unit, { ...current, output: [...(current.output ?? []), outputOf(result)] });
    await carryOn(unit, deps, idOf('Task', after.partOf?.[0]) ?? after.id, current, after);
  }
}

function basedOnRequests(result: Stored): string[] {
  const basedOn = 'basedOn' in result ? ((result.basedOn ?? []) as Reference<ServiceRequest>[]) : [];
  return basedOn.flatMap((reference) => idOf('ServiceRequest', reference) ?? []);
}

async function taskFor(unit: UnitOfWork, requestId: string): Promise<StoredTask | undefined> {
  const rows = await unit.tx.query<{ id: string }>(TASK_OF_REQUEST_SQL, [[`Task.focus=ServiceRequest/${requestId}`]]);
  for (const { id } of rows) {
    const task = await unit.find<Task>('Task', id, BY_HUB);
    // A draft asks nobody yet.
    if (task && isReferralTask(task) && task.status !== 'draft') return task;
  }
  return undefined;
}

export const TASK_OF_REQUEST_SQL = `SELECT id FROM resource WHERE type = 'Task' AND NOT deleted AND tokens @> $1::text[] ORDER BY id`;

function lists(task: Task, result: Stored): boolean {
  return (task.output ?? []).some(
    ({ valueReference }) => valueReference?.reference === `${result.resourceType}/${result.id}`,
  );
}

/** A resource as a Task lists it. */
export function outputOf(result: Stored): TaskOutput {
  const activity = result.resourceType === 'Procedure';
  const [code, display] = activity
    ? ['resulting-activity', 'Resulting Activity']
    : ['additional-content', 'Additional Content'];
  const text = 'code' in result ? (result.code as { text?: string; coding?: { display?: string }[] }) : undefined;
  // What is labelled is not told by its name to who may read the Task.
  const isLabelled = result.meta?.security !== undefined;
  const name = isLabelled ? undefined : (text?.text ?? text?.coding?.[0]?.display);
  return {
    type: { coding: [{ system: SDOHCC_CODES, code, display }] },
    valueReference: { reference: `${result.resourceType}/${result.id}`, ...(name ? { display: name } : {}) },
  } as TaskOutput;
}
