import type { Task } from '@medplum/fhirtypes';
import type { SendOutcome } from '../channels/channel.ts';
import { CHANGED_THERE, ENDED_THERE } from '../channels/fhir-push.ts';
import { placed } from '../counterparts/counterparts.ts';
import { awakened } from '../counterparts/turns.ts';
import type { PartnerEndpoint } from '../directory/directory.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import type { DeliverDeps } from './deliver-deps.ts';
import type { TaskMessage } from './store.ts';

interface Sent {
  readonly about: TaskMessage;
  readonly task: Task;
  readonly endpoint: PartnerEndpoint;
}

/** By these something stands on the partner's server of which more may be said there; the others end it, or only remind. */
const STANDS: ReadonlySet<TaskMessage['kind']> = new Set(['offer', 'cancel', 'consent', 'status', 'message']);

/**
 * Notes what was put on a partner's server, in the transaction that settles its delivery: from then on it is asked for there.
 * What was found to have changed there is asked for at once.
 */
export function noteThere(
  unit: UnitOfWork,
  { fetchIntervalMs }: Pick<DeliverDeps, 'fetchIntervalMs'>,
  sent: Sent,
  outcome: SendOutcome,
): void {
  const isPut = outcome.kind === 'delivered' && outcome.code !== ENDED_THERE && STANDS.has(sent.about.kind);
  if (isPut) notePut(unit, sent, outcome.receipt);
  if (!isPut && outcome.code !== CHANGED_THERE) return;
  const at = new Date(unit.now.getTime() + (isPut ? fetchIntervalMs : 0));
  unit.add(awakened, { organization_id: sent.endpoint.organizationId, at: at.toISOString() });
}

/** @param receipt where the server keeps it, as far as it has said so */
function notePut(unit: UnitOfWork, { about, task, endpoint }: Sent, receipt: string | undefined): void {
  const { loopId, taskId, messageId } = about;
  const { organizationId, address } = endpoint;
  const type = messageId ? 'Communication' : 'Task';
  // A Task is found there by its identifier, whatever the server has said of where it is.
  const there = messageId && receipt?.startsWith(`${type}/`) ? `${address}/${receipt}` : null;
  const status = messageId ? null : (task.status ?? null);
  const row = { organization_id: organizationId, type, resource_id: messageId ?? taskId, loop_id: loopId };
  unit.add(placed, { ...row, there, status });
}
