import type { Task } from '@medplum/fhirtypes';
import { placed } from '../counterparts/counterparts.ts';
import { awakened } from '../counterparts/turns.ts';
import type { PartnerEndpoint } from '../directory/directory.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import type { DeliverDeps } from './deliver-deps.ts';
import type { TaskMessage } from './store.ts';

interface Placed {
  readonly about: TaskMessage;
  readonly task: Task;
  readonly endpoint: PartnerEndpoint;
}

/** By these something stands on the partner's server of which more may be said there; the others end it, or only remind. */
const STANDS: ReadonlySet<TaskMessage['kind']> = new Set(['offer', 'cancel', 'consent', 'status', 'message']);

/**
 * Notes what was put on a partner's server, in the transaction that settles its delivery: from then on it is asked for there.
 * @param receipt where the server keeps it, as far as it has said so
 */
export function notePlaced(
  unit: UnitOfWork,
  { fetchIntervalMs }: Pick<DeliverDeps, 'fetchIntervalMs'>,
  { about, task, endpoint }: Placed,
  receipt: string | undefined,
): void {
  const { kind, loopId, taskId, messageId } = about;
  if (!STANDS.has(kind)) return;
  const { organizationId, address } = endpoint;
  const type = messageId ? 'Communication' : 'Task';
  // A Task is found there by its identifier, whatever the server has said of where it is.
  const there = messageId && receipt?.startsWith(`${type}/`) ? `${address}/${receipt}` : null;
  const status = messageId ? null : (task.status ?? null);
  const row = { organization_id: organizationId, type, resource_id: messageId ?? taskId, loop_id: loopId };
  unit.add(placed, { ...row, there, status });
  unit.add(awakened, {
    organization_id: organizationId,
    at: new Date(unit.now.getTime() + fetchIntervalMs).toISOString(),
  });
}
