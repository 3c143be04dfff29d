import type { Resource, Task } from '@medplum/fhirtypes';
import { endpointOf } from '../directory/directory.ts';
import type { Caller } from '../fhir/caller.ts';
import { idOf } from '../fhir/references.ts';
import { type Store, transact } from '../fhir/store/transact.ts';
import { type AskedTask, isUnseen, noteSeen } from '../loops/next-step/seen.ts';
import { LOOP_MARK, lockLoop } from '../loops/projection/store.ts';
import { isReferralTask, isTerminal, TASK_STATUSES } from '../loops/words.ts';

/**
 * A sender that has only a FHIR client knows how its referral ended once it has read the Task that says so: that is its
 * acknowledgement. Who is asked has seen what it is asked once it has read that.
 */
export async function acknowledgeByReading(store: Store, caller: Caller, resource: Resource): Promise<void> {
  // A client who looks at the own record does not do so for an organization.
  if (caller.kind !== 'client' || caller.view?.kind === 'own-record') return;
  const tasks = tasksIn(resource);
  const ended = tasks.filter((task) => isReferralTask(task) && isTerminal(task.status) && !task.partOf);
  for (const task of ended) await acknowledge(store, caller, task);
  const unseen = tasks.filter((task) => isUnseen(task, caller.organizationId));
  await noteSeen(store, caller, unseen.flatMap(asAsked));
}

function asAsked({ id, partOf }: Task): AskedTask[] {
  return id ? [{ taskId: id, loopId: idOf('Task', partOf?.[0]) ?? id }] : [];
}

/** Whether the JSON of what was read may be a referral's Task that has ended, or asks. Pure, and quick: most that is read is none. */
export function mayAcknowledge(type: string, json: string): boolean {
  return type === 'Task' && json.includes('fulfill') && MATTERS.test(json);
}

const MATTERS = new RegExp(`"status":\\s*"(?:requested|${TASK_STATUSES.filter(isTerminal).join('|')})"`);

function tasksIn(resource: Resource): Task[] {
  if (resource.resourceType === 'Task') return [resource];
  if (resource.resourceType !== 'Bundle') return [];
  return (resource.entry ?? []).flatMap(({ resource: inner }) => (inner ? tasksIn(inner) : []));
}

async function acknowledge(store: Store, caller: Caller, task: Task): Promise<void> {
  const values = [task.id, caller.organizationId, Number(task.meta?.versionId)];
  const waiting = await store.db.query(`SELECT id FROM delivery WHERE ${AWAITING_SQL}`, values);
  if (waiting.length === 0 || (await endpointOf(store.db, caller.organizationId))) return;
  await transact(store, caller, async (unit) => {
    await lockLoop(unit, task.id ?? '');
    const read = await unit.tx.query<{ id: string }>(
      `UPDATE delivery SET status = 'delivered', last_code = 'read-here', settled_at = $4, next_at = NULL, lease_until = NULL WHERE ${AWAITING_SQL} RETURNING id`,
      [...values, unit.now],
    );
    await unit.tx.query('DELETE FROM outbox WHERE subject_id = ANY($1::uuid[])', [read.map(({ id }) => id)]);
    if (task.id) unit.mark(LOOP_MARK, task.id);
  });
}

/** Also what a worker has in hand at this moment: its attempt then finds that it was read. */
const AWAITING_SQL = `loop_id = $1 AND recipient_org = $2 AND task_version <= $3 AND kind = 'closing' AND status IN ('pending', 'sending')`;
