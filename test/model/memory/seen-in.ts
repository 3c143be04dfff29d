import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { seenClient } from '../confirmation/seen.ts';
import { seenAppointments, seenRequests, seenTask } from '../seen.ts';
import type { Seen } from '../seen-loop.ts';
import { appointmentsIn } from './appointments-in.ts';
import { confirmationIn } from './confirmation-statements.ts';
import type { Tables } from './tables.ts';

const itself = (id: string): string => id;

function clientIn(tables: Tables, loopId: string): Seen['client'] {
  const asked = confirmationIn(tables, loopId);
  const link = tables.links.get(asked?.task.id ?? '');
  return seenClient(asked?.task, asked?.response ?? undefined, link?.expiresAt ?? null);
}

function requestIn({ resources }: Tables, { focus }: Task): Seen['request'] {
  const row = resources.get(focus?.reference ?? '');
  return { status: (row?.content as ServiceRequest | undefined)?.status ?? '', author: row?.author_org ?? '' };
}

/** What the tables say of a loop. */
export function seenIn(tables: Tables, loopId: string, now: Date): Seen {
  const tasks = [...tables.resources.values()].flatMap(({ content, author_org }) =>
    content.resourceType === 'Task' ? [{ ...content, author: author_org }] : [],
  );
  const legs = tasks.filter(({ partOf }) => partOf?.[0]?.reference === `Task/${loopId}`);
  const root = tasks.find(({ id }) => id === loopId);
  if (!root) throw new Error(`There is no Task/${loopId}.`);
  const ids = new Set([loopId, ...legs.map(({ id }) => id)]);
  return {
    now: now.toISOString(),
    root: seenTask(root, itself),
    legs: legs.map((leg) => seenTask(leg, itself)),
    request: requestIn(tables, root),
    requests: seenRequests(tasks, itself).filter(({ focus }) => ids.has(focus)),
    transitions: tables.transitions
      .filter(({ loop_id }) => loop_id === loopId)
      .map((row) => ({
        taskId: row.task_id,
        from: row.from_status,
        to: row.to_status,
        by: row.actor_org,
        recordedAt: row.recorded_at,
      })),
    deliveries: [...tables.deliveries.values()]
      .filter(({ loop_id }) => loop_id === loopId)
      .map((row) => ({
        id: row.id,
        kind: row.kind,
        taskId: row.task_id,
        taskVersion: row.task_version,
        recipient: row.recipient_org,
        status: row.status,
        messageId: row.message_id,
        isRead: Boolean(row.read_at),
      })),
    messages: [...tables.messages.values()]
      .filter(({ loop_id }) => loop_id === loopId)
      .map((row) => ({
        id: row.id,
        taskId: row.task_id,
        from: row.from_org,
        to: row.to_org,
        answerBy: row.answer_by,
        answeredBy: row.answered_by,
        isRead: row.read_at !== null,
        isWithdrawn: row.withdrawn,
      })),
    appointments: seenAppointments(appointmentsIn(tables), [
      seenTask(root, itself),
      ...legs.map((leg) => seenTask(leg, itself)),
    ]),
    // Who may read what is looked at on the hub that runs.
    consents: [],
    findings: [],
    readable: [],
    client: clientIn(tables, loopId),
    deadlines: [...tables.deadlines.values()]
      .filter(({ loop_id }) => loop_id === loopId)
      .map((row) => ({
        taskId: row.task_id,
        messageId: row.message_id,
        waitingOn: row.waiting_on,
        organization: row.organization_id,
        step: row.step,
        due: row.due,
        at: row.at,
        rungs: row.ats.length,
        fired: row.fired,
      })),
    row: tables.loops.get(loopId),
  };
}
