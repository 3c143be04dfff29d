import type { Task } from '@medplum/fhirtypes';
import type { DeliverDeps } from '../deliveries/deliver-deps.ts';
import { lockForWrite, transact } from '../fhir/store/transact.ts';
import type { Stored } from '../fhir/store/unit-of-work.ts';
import { validate } from '../fhir/validate/validate.ts';
import { resolveFinding } from './findings.ts';
import { keepReferred } from './keep-referred.ts';
import { placesOf } from './places.ts';
import { asPartner, type Source } from './source.ts';
import { notShown } from './take-task.ts';
import type { Unlisted } from './unlisted.ts';

/**
 * Takes what was done for a request that a Task there is about, though that does not list it, as if it had been written here:
 * it becomes an outcome of the Task.
 * @throws AppError as any write of its organization
 */
export async function takeOutcome(deps: DeliverDeps, source: Source, { at, found, had }: Unlisted): Promise<void> {
  validate(had.resource);
  const caller = asPartner(source, deps.store.newId());
  await transact(deps.store, caller, async (unit) => {
    const session = { store: deps.store, caller, base: deps.hubBase, strict: false, unit };
    const ours = (await lockForWrite(deps.store, unit, 'Task', at.resourceId)) as Stored<Task> | undefined;
    if (!ours) throw notShown();
    const places = await placesOf(unit, source, { ours, found, loopId: at.loopId });
    await keepReferred(session, [had], places, { loopId: at.loopId, client: ours.for?.reference });
    await resolveFinding(unit, source, had.there);
  });
}
