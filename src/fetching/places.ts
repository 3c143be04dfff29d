import type { Task } from '@medplum/fhirtypes';
import { digestOf } from '../channels/digest.ts';
import { knownThere, seen } from '../counterparts/counterparts.ts';
import { AppError } from '../errors.ts';
import { parseLocal } from '../fhir/references.ts';
import type { Stored, UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { addressThere, type Places } from './relink.ts';
import type { Source } from './source.ts';

/** A Task as it was read on a partner's server. */
export interface TaskThere {
  readonly task: Task;
  /** Its address there. */
  readonly there: string;
  readonly digest: string;
}

/** Pure. */
export function taskThere(source: Source, task: Task): TaskThere {
  return { task, there: `${source.base}/Task/${task.id}`, digest: digestOf(task) };
}

interface About {
  readonly ours: Stored<Task>;
  readonly found: TaskThere;
  readonly loopId: string;
}

/**
 * Where what a Task on a partner's server speaks of stands here: itself, its client and its request, which it may know there by
 * copies of its own. Who a copy stands for is kept: it can stand for nobody else later.
 * @throws AppError (422) where the Task there is about another client than here
 */
export async function placesOf(
  unit: UnitOfWork,
  source: Source,
  { ours, found, loopId }: About,
): Promise<Places & { readonly known: Map<string, string> }> {
  const known = new Map([[found.there, `Task/${ours.id}`]]);
  for (const element of ['for', 'focus'] as const) {
    const here = parseLocal(ours[element]?.reference);
    const there = addressThere(found.task[element]?.reference, source);
    if (!here || there === undefined) continue;
    const standsFor = (await knownThere(unit.tx, source.organizationId, [there])).get(there);
    if (standsFor && (standsFor.type !== here.type || standsFor.resourceId !== here.id)) throw other(element);
    known.set(there, `${here.type}/${here.id}`);
    if (standsFor) continue;
    const row = { organization_id: source.organizationId, type: here.type, resource_id: here.id, loop_id: loopId };
    unit.add(seen, { ...row, there, status: null, digest: '', again: false });
  }
  return { base: source.base, hubBase: source.hubBase, known };
}

function other(element: 'for' | 'focus'): AppError {
  const text =
    'This stands for something else in another referral. Refer to what the Task was sent with, or to a copy of that.';
  return new AppError('unprocessable', 'fetch.other-client', text, {
    issues: [{ text, expression: `Task.${element}` }],
  });
}
