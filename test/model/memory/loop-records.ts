import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { appointmentsIn } from './appointments-in.ts';
import { confirmationIn } from './confirmation-statements.ts';
import { isAwaited } from './message-statements.ts';
import type { Tables } from './tables.ts';

/** What `RECORDS_SQL` finds. */
export function loopRecords(tables: Tables, loopId: string, hubOrg: string): object[] {
  const { resources, calendars, policies } = tables;
  const root = resources.get(`Task/${loopId}`)?.content as Task | undefined;
  const legs = [...resources.values()]
    .flatMap(({ content }) =>
      content.resourceType === 'Task' && content.partOf?.[0]?.reference === `Task/${loopId}` ? [content] : [],
    )
    .sort(
      (a, b) => String(a.authoredOn).localeCompare(String(b.authoredOn)) || String(a.id).localeCompare(String(b.id)),
    );
  const parties = [hubOrg, ...[root, ...legs].flatMap((task) => [task?.owner?.reference, root?.requester?.reference])];
  const ids = new Set(parties.flatMap((each) => each?.replace('Organization/', '') ?? []));
  const known = [...calendars].filter(([id]) => ids.has(id));
  return [
    {
      root: root ?? null,
      request: (resources.get(root?.focus?.reference ?? '')?.content as ServiceRequest | undefined) ?? null,
      role: null,
      legs,
      calendars: Object.fromEntries(known),
      policy: policies.findLast(({ loop_id }) => loop_id === loopId)?.digest ?? null,
      ...happened(tables, loopId),
    },
  ];
}

function appointmentsOf(tables: Tables): object[] {
  return appointmentsIn(tables).map(({ status, basedOn = [], supportingInformation = [] }) => ({
    status,
    about: [...basedOn, ...supportingInformation].map(({ reference }) => reference),
  }));
}

function happened(tables: Tables, loopId: string): object {
  const { transitions, deliveries, messages, firings } = tables;
  const ofLoop = <T extends { loop_id: string }>(rows: Iterable<T>): T[] =>
    [...rows].filter(({ loop_id }) => loop_id === loopId);
  return {
    transitions: ofLoop(transitions).map((row) => ({
      taskId: row.task_id,
      from: row.from_status,
      to: row.to_status,
      by: row.actor_org,
      progress: row.progress,
      recordedAt: row.recorded_at,
    })),
    deliveries: ofLoop(deliveries.values()).map((row) => ({
      kind: row.kind,
      taskId: row.task_id,
      status: row.status,
      recipientOrg: row.recipient_org,
      awaitsReader: row.last_code === 'awaits-reader',
      awaitsConsent: false,
      settledAt: row.settled_at,
      readAt: row.read_at ?? null,
    })),
    withheld: [],
    untaken: [],
    appointments: appointmentsOf(tables),
    questions: ofLoop(messages.values())
      .filter(isAwaited)
      .map((row) => ({
        messageId: row.id,
        taskId: row.task_id,
        to: row.to_org,
        since: row.said_at,
        due: row.answer_by,
        // Consents are not told here.
        withheldSince: null,
      })),
    confirmation: confirmationIn(tables, loopId),
    firings: ofLoop(firings).map(({ task_id: taskId, step, message_id: messageId, what, result, since }) => ({
      taskId,
      step,
      messageId,
      what,
      result,
      since,
    })),
  };
}
