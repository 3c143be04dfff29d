import type { Patient, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import type { ConsentPolicy } from '../../access/consent/policy.ts';
import { labelsIn } from '../../access/labels/label.ts';
import type { Visit } from '../../access/mailbox/visit.ts';
import type { Sql } from '../../db/database.ts';
import { contentFor, ownId, visibleTo } from '../../fhir/caller.ts';
import type { Stored } from '../../fhir/store/unit-of-work.ts';
import { prohibitsContact } from '../../loops/client-contact.ts';
import { named, organizationNames } from '../../loops/names.ts';
import { legalNext } from '../../loops/status/transition.ts';
import { changeAsked, reasonOf, type TaskStatus } from '../../loops/words.ts';
import type { MailboxReferral } from './api.ts';
import { filesOf } from './files/attached.ts';
import { clientIn, detailsOf, lineOf, textOf } from './words-of.ts';

/** What was shared for the Task of a visit with its organization, as that is shown it now. */
interface Shared {
  readonly task: Stored<Task> | undefined;
  readonly request: Stored<ServiceRequest> | undefined;
  readonly client: Stored<Patient> | undefined;
  /** What its sender asks of work that has begun. */
  readonly requests: readonly Stored<Task>[];
  readonly others: readonly Stored[];
}

/** Everything a visit is shown of what is asked; undefined when that was withdrawn in this moment. */
export async function readReferral(
  sql: Sql,
  visit: Visit,
  { notices }: ConsentPolicy,
): Promise<MailboxReferral | undefined> {
  const shared = await sharedWith(sql, visit);
  const { task, request, client, requests, others } = shared;
  if (!task) return undefined;
  const organizationId = visit.caller.organizationId;
  const names = await organizationNames(sql, [organizationId]);
  const files = await filesOf(sql, visit.caller, others);
  const labels = new Set([task, request, client, ...others].flatMap(labelsIn));
  return {
    csrfToken: visit.csrfToken,
    name: visit.name,
    endsAt: visit.endsAt.toISOString(),
    organization: named(organizationId, names),
    ...standing(task),
    asks: requests.flatMap(asked),
    service: (request && (textOf(request.code) ?? textOf(request.category?.[0]))) ?? '',
    details: request ? detailsOf(request) : [],
    contactProhibited: request ? prohibitsContact(request) : false,
    client: client ? clientIn(client) : null,
    sentAlong: others.map((each) => ({
      kind: each.resourceType,
      text: lineOf(each),
      files: [...(files.get(each.id) ?? [])],
    })),
    notices: [...labels].flatMap((label) => notices[label] ?? []),
    steps: await stepsOf(sql, visit),
  };
}

/** Cancelling is for who asks: who is asked has declining, and saying that it could not be done. */
function standing(
  task: Stored<Task>,
): Pick<MailboxReferral, 'status' | 'next' | 'reason' | 'askedAt' | 'until' | 'priority'> {
  const status = task.status as TaskStatus;
  return {
    status,
    next: legalNext(status, 'owner').filter((each) => each !== 'cancelled'),
    reason: reasonOf(task) ?? null,
    askedAt: task.authoredOn ?? null,
    until: task.restriction?.period?.end ?? null,
    priority: task.priority ?? 'routine',
  };
}

function asked(task: Task): MailboxReferral['asks'] {
  const change = changeAsked(task);
  return change && task.status === 'requested' ? [{ change, why: task.reasonCode?.text ?? null }] : [];
}

async function sharedWith(sql: Sql, { caller, taskId }: Visit): Promise<Shared> {
  const rows = await sql.query<{ reason: string; content: Stored }>(
    `SELECT s.reason, ${contentFor(caller)} AS content FROM share s JOIN resource ON resource.type = s.type AND resource.id = s.resource_id
     WHERE s.task_id = $1 AND s.organization_id = ${ownId(caller)} AND s.ended_at IS NULL AND s.withheld IS NULL
       AND NOT resource.deleted AND ${visibleTo(caller)} ORDER BY s.id`,
    [taskId],
  );
  const first = <T extends Resource>(reason: string): Stored<T> | undefined =>
    rows.find((each) => each.reason === reason)?.content as Stored<T> | undefined;
  // What its sender asks of work that has begun, is shared for the Task too.
  const tasks = rows.filter(({ reason }) => reason === 'task').map(({ content }) => content as Stored<Task>);
  return {
    task: tasks.find(({ id }) => id === taskId),
    request: first<ServiceRequest>('request'),
    client: first<Patient>('client'),
    requests: tasks,
    // Contents are shown with the document that they are of.
    others: rows.flatMap(({ reason, content }) =>
      SENT_ALONG.has(reason) && content.resourceType !== 'Binary' ? [content] : [],
    ),
  };
}

const SENT_ALONG: ReadonlySet<string> = new Set(['reason', 'supporting-information', 'document']);

/** What became of it until now, and who of its own organization did so. */
async function stepsOf(sql: Sql, { caller, taskId, loopId }: Visit): Promise<MailboxReferral['steps']> {
  const rows = await sql.query<{ status: TaskStatus; at: Date; by: string | null }>(
    `SELECT t.to_status AS status, t.recorded_at AS at, a.name AS by
     FROM transition t LEFT JOIN actor a ON a.id = t.actor_person AND a.organization_id = ${ownId(caller)}
     WHERE t.loop_id = $2 AND t.task_id = $1 ORDER BY t.id`,
    [taskId, loopId],
  );
  return rows.map(({ status, at, by }) => ({ status, at: at.toISOString(), by }));
}
