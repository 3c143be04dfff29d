import { isDeepStrictEqual } from 'node:util';
import type { Task, TaskOutput } from '@medplum/fhirtypes';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { lockLoop } from '../../loops/projection/store.ts';
import { retracted } from '../../loops/status/outputs.ts';
import { isReferralTask, isTerminal } from '../../loops/words.ts';
import { ownerId } from '../ask-next.ts';
import { loopOf } from '../sharing/sides.ts';
import { putByHub, type ReferralDeps, recordSteps, type StoredTask, sameStatus } from '../task-changes.ts';
import { outputOf } from './attach-outcome.ts';
import { carryOn } from './carry-on.ts';
import { endedUntold, tellCorrection, tellSender } from './tell-sender.ts';
import { LISTING_SQL } from './unnamed-outcomes.ts';

/**
 * Who did the work says otherwise what was done, or that it was entered in error: the Tasks that list it say so, and who
 * asked is told, whether it has heard of it or not.
 * @see https://hl7.org/fhir/R4/procedure-definitions.html#Procedure.status
 */
export async function correctOutcome(unit: UnitOfWork, deps: ReferralDeps, was: Stored, is: Stored): Promise<void> {
  if (saysTheSame(was, is)) return;
  const reference = `${is.resourceType}/${is.id}`;
  const tasks = await unit.tx.query<{ id: string }>(LISTING_SQL, [[`Task.output=${reference}`]]);
  for (const { id } of tasks) {
    const task = await unit.find<Task>('Task', id, BY_HUB);
    // The referral of the parts is corrected with its part.
    if (!task || !isReferralTask(task) || !isDoneBy(unit.caller.organizationId, deps, task)) continue;
    if (!(await lockLoop(unit, id))) continue;
    await correct(unit, deps, task, { reference, isError: isError(is), output: outputOf(is) });
  }
}

interface Correction {
  readonly reference: string;
  readonly isError: boolean;
  /** As a Task would list it now. */
  readonly output: TaskOutput;
}

async function correct(unit: UnitOfWork, deps: ReferralDeps, found: StoredTask, correction: Correction): Promise<void> {
  const loopId = loopOf(found);
  const before = (await unit.lock<Task>('Task', found.id, BY_HUB)) ?? found;
  const done = await putByHub(unit, corrected(before, correction));
  const whole = loopId === done.id ? undefined : await unit.lock<Task>('Task', loopId, BY_HUB);
  const told = whole ?? before;
  if (whole) await putByHub(unit, corrected(whole, correction));
  const text = `${correction.isError ? 'Entered in error' : 'Corrected'}: ${correction.reference}`;
  recordSteps(unit, loopId, { ...done, statusReason: { text } }, [sameStatus(done)]);
  await carryOn(unit, deps, loopId, before, done);
  // What it says may be the same in the Task, and not in what that refers to.
  if (isTerminal(told.status) && !endedUntold(told)) tellCorrection(unit, told);
  else tellSender(unit, told);
}

/** A Task that lists it as it is now. Pure. */
function corrected(task: StoredTask, { reference, isError, output }: Correction): StoredTask {
  const listed = (task.output ?? []).map((each) => {
    if (each.valueReference?.reference !== reference) return each;
    const { valueReference } = output;
    const display = valueReference?.display ? { display: valueReference.display } : {};
    const named = { ...each, valueReference: { reference, ...display } };
    return retracted(named, isError);
  });
  return { ...task, output: listed };
}

/** Who did it, or the hub's people for it. A referral that the hub has parts of was done by those. */
function isDoneBy(organizationId: string, { hubOrg }: ReferralDeps, task: Task): boolean {
  const owner = ownerId(task);
  if (owner === hubOrg && !task.partOf?.length) return false;
  return owner === organizationId || organizationId === hubOrg;
}

function isError(resource: Stored): boolean {
  return 'status' in resource && resource.status === 'entered-in-error';
}

/** Whether it says the same of what was done. */
function saysTheSame(was: Stored, is: Stored): boolean {
  const substance = ({ meta: _meta, text: _text, ...rest }: Stored & { text?: unknown }): unknown =>
    JSON.parse(JSON.stringify(rest));
  return isDeepStrictEqual(substance(was), substance(is));
}
