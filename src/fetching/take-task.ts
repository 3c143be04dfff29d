import type { Task } from '@medplum/fhirtypes';
import { lockCounterpart, seen, type WatchedTask } from '../counterparts/counterparts.ts';
import type { Sql } from '../db/database.ts';
import type { DeliverDeps } from '../deliveries/deliver-deps.ts';
import { AppError } from '../errors.ts';
import type { WriteSession } from '../fhir/rest/interaction.ts';
import { update } from '../fhir/rest/interactions/write.ts';
import { lockForWrite, transact } from '../fhir/store/transact.ts';
import type { Stored } from '../fhir/store/unit-of-work.ts';
import { validate } from '../fhir/validate/validate.ts';
import { saysTheSame } from '../referrals/updates/task-fields.ts';
import { resolveFinding } from './findings.ts';
import { keepReferred } from './keep-referred.ts';
import { placesOf, type TaskThere } from './places.ts';
import { type Had, outcomesOf, readReferred } from './referred.ts';
import { asHere } from './relink.ts';
import { saidByOwner, saidByRequester } from './said-there.ts';
import { asPartner, type Source } from './source.ts';

/**
 * Carries what a partner has written of a Task on its own server as if it had written it here: outcomes first, then the Task,
 * in one transaction. What was read before changes nothing.
 * @throws AppError as any write of its organization; NotAnswered where its server is away
 */
export async function takeTask(
  deps: DeliverDeps,
  source: Source,
  watched: WatchedTask,
  found: TaskThere,
): Promise<void> {
  // A clock that is behind is heard as it is of any write.
  const { lastModified: _when, ...undated } = found.task;
  validate(undated as Task);
  const had = watched.isOwner ? await readReferred(source, outcomesOf(found.task)) : [];
  const caller = asPartner(source, deps.store.newId());
  await transact(deps.store, caller, async (unit) => {
    const session = { store: deps.store, caller, base: deps.hubBase, strict: false, unit };
    const ours = (await lockForWrite(deps.store, unit, 'Task', watched.resourceId)) as Stored<Task> | undefined;
    if (!ours) throw notShown();
    const known = await lockCounterpart(unit.tx, source.organizationId, watched);
    // Another worker was faster, or the hub has written there meanwhile: then it is read again.
    if (known?.digest !== watched.digest || known.status !== watched.status) return;
    await carry(session, source, { ours, known, found, had });
    const { resourceId, loopId } = known;
    const row = { organization_id: source.organizationId, type: 'Task', resource_id: resourceId, loop_id: loopId };
    const { there, digest, task } = found;
    unit.add(seen, { ...row, there, status: task.status as string, digest, again: false });
    await resolveFinding(unit, source, there);
  });
}

interface Carried {
  readonly ours: Stored<Task>;
  readonly known: { readonly loopId: string; readonly status: string | null };
  readonly found: TaskThere;
  readonly had: readonly Had[];
}

async function carry(session: WriteSession, source: Source, { ours, known, found, had }: Carried): Promise<void> {
  const { unit } = session;
  const isOwner = ours.owner?.reference === `Organization/${source.organizationId}`;
  if (!isOwner) {
    const said = saidByRequester(ours, found.task, known);
    if (!saysTheSame(ours, said)) await update(session, said);
    return;
  }
  const places = await placesOf(unit, source, { ours, found, loopId: known.loopId });
  await keepReferred(session, had, places, { loopId: known.loopId, client: ours.for?.reference });
  const been = await statusesOf(unit.tx, known.loopId, ours.id);
  const theirs = asHere(found.task, found.there, places);
  const lastUpdated = found.task.meta?.lastUpdated;
  const dated = { ...theirs, meta: { ...theirs.meta, ...(lastUpdated ? { lastUpdated } : {}) } };
  const said = saidByOwner(ours, dated, { status: known.status, hasBeen: (status) => been.has(status) });
  if (!saysTheSame(ours, said)) await update(session, said);
}

/** The statuses that a Task has had here. */
async function statusesOf(sql: Sql, loopId: string, taskId: string): Promise<ReadonlySet<string>> {
  const rows = await sql.query<{ status: string }>(
    'SELECT DISTINCT to_status AS status FROM transition WHERE loop_id = $1 AND task_id = $2',
    [loopId, taskId],
  );
  return new Set(rows.map(({ status }) => status));
}

/** Who may not read a Task writes nothing of it. */
export function notShown(): AppError {
  const text = 'This organization may not read the Task here any more: what it writes of it is not taken.';
  return new AppError('forbidden', 'fetch.not-shown', text);
}
