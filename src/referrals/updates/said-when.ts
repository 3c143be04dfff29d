import type { Task } from '@medplum/fhirtypes';
import type { Stored, UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isReferralTask } from '../../loops/words.ts';

/** The times that partners gave their changes in a transaction, where a Task could not hold them. */
const saidIn = new WeakMap<UnitOfWork, Map<string, string>>();

/**
 * A partner's clock may be behind the one that a Task was written by, and FHIR allows no change before that. Its time is
 * kept as that of the step; the Task says the earliest that it can.
 * @see https://hl7.org/fhir/R4/task.html#invs (inv-1)
 */
export function hearTime(resource: Stored, unit: UnitOfWork): Stored {
  const { authoredOn, lastModified } = resource as Task;
  if (!mayBeReferral(resource) || typeof authoredOn !== 'string' || typeof lastModified !== 'string') return resource;
  // What is no time at all is found wrong for what it is.
  if (!(new Date(lastModified) < new Date(authoredOn))) return resource;
  saidIn.set(unit, (saidIn.get(unit) ?? new Map()).set(resource.id, lastModified));
  return { ...resource, lastModified: authoredOn } as Stored;
}

/** Nothing was validated yet: what is not as FHIR has it is left to that. */
function mayBeReferral(resource: Stored): boolean {
  const coding: unknown = (resource as Task).code?.coding;
  const isList = Array.isArray(coding) && coding.every((each) => typeof each === 'object' && each !== null);
  return isList && isReferralTask(resource as Task);
}

/** When who changed a Task says that it did so; undefined: as the Task says. */
export function saidWhen(unit: UnitOfWork, taskId: string): string | undefined {
  return saidIn.get(unit)?.get(taskId);
}
