import type { CodeableConcept, Patient, Procedure, ServiceRequest, Task } from '@medplum/fhirtypes';
import { change, createOnce, type FhirClient, type Known, read, type Verb } from './fhir/client.ts';
import { identifierOf, type Ledger } from './ledger.ts';

/** What an agency is asked to do, as it reads it at the hub. */
export interface Ask {
  readonly task: Known<Task>;
  readonly request: ServiceRequest;
  readonly patient: Patient;
}

/** Whether an agency takes somebody on; a reason is why not. */
export type Decision = { readonly accepts: true } | { readonly accepts: false; readonly reason: string };

/** An agency that works its Tasks on the hub's server. */
export interface Agency {
  /** What its own records are known by. */
  readonly system: string;
  readonly hub: FhirClient;
  readonly ledger: Ledger;
  readonly decide: (ask: Ask) => Decision;
  /** What it writes down as done. */
  readonly done: (request: ServiceRequest) => CodeableConcept;
  /** The time between two steps. */
  readonly pace: () => Promise<void>;
  readonly updatesBy: Verb;
  /** Says "completed" first, and what was done afterwards. */
  readonly writesUpAfterwards: boolean;
}

/** How far a Task has come; a step that was made before is not made again. */
const ORDER = ['requested', 'accepted', 'in-progress', 'completed'] as const;
type Step = (typeof ORDER)[number];

/** Works one Task from wherever it stands to its end. May be called again after a failure. */
export async function workOn(agency: Agency, taskId: string): Promise<void> {
  const task = await read<Task>(agency.hub, `Task/${taskId}`);
  if (!isOpen(task)) return;
  if (task.status === 'requested' && !(await answerTo(agency, task))) return;
  await agency.pace();
  if (!(await step(agency, taskId, 'in-progress'))) return;
  await agency.pace();
  if (!agency.writesUpAfterwards) await writeUp(agency, task);
  if (!(await step(agency, taskId, 'completed'))) return;
  if (agency.writesUpAfterwards) await writeUp(agency, task);
}

/** Reads what is asked, and says yes or no. @returns whether there is work to do */
async function answerTo(agency: Agency, task: Known<Task>): Promise<boolean> {
  const request = await read<ServiceRequest>(agency.hub, task.focus?.reference ?? '');
  const patient = await read<Patient>(agency.hub, task.for?.reference ?? '');
  await agency.pace();
  const decision = agency.decide({ task, request, patient });
  if (decision.accepts) return step(agency, task.id, 'accepted');
  await update(agency, task.id, (current) =>
    current.status === 'requested'
      ? { ...current, status: 'rejected', statusReason: { text: decision.reason } }
      : undefined,
  );
  return false;
}

/** @returns false when the Task has ended some other way */
async function step(agency: Agency, taskId: string, to: Step): Promise<boolean> {
  const task = await update(agency, taskId, (current) => {
    if (!isOpen(current) || isBeyond(current, to)) return undefined;
    if (isToStop(current)) return { ...current, status: 'cancelled', statusReason: { text: 'Stopped, as you asked.' } };
    return { ...current, status: to };
  });
  return isBeyond(task, to);
}

async function update(
  agency: Agency,
  taskId: string,
  edit: (task: Known<Task>) => Known<Task> | undefined,
): Promise<Known<Task>> {
  let meant: string | undefined;
  const noted = (task: Known<Task>): Known<Task> | undefined => {
    const wanted = edit(task);
    meant = wanted?.status ?? meant;
    return wanted;
  };
  const task = await change<Task>(agency.hub, `Task/${taskId}`, noted, agency.updatesBy);
  // A lost answer is found out by reading again: then the step is made, and nothing is left to do.
  if (meant === task.status) {
    agency.ledger.write({ kind: 'did', what: task.status, about: identifierOf(task), detail: task.statusReason?.text });
  }
  return task;
}

/** Writes down what was done, once, under an identifier of the agency's own. */
async function writeUp(agency: Agency, task: Known<Task>): Promise<void> {
  const request = await read<ServiceRequest>(agency.hub, task.focus?.reference ?? '');
  const identifier = { system: agency.system, value: `visit-${task.id}` };
  const procedure: Procedure = {
    resourceType: 'Procedure',
    identifier: [identifier],
    basedOn: [{ reference: task.focus?.reference ?? '' }],
    status: 'completed',
    ...(request.category?.[0] ? { category: request.category[0] } : {}),
    code: agency.done(request),
    subject: { reference: request.subject.reference ?? '' },
    performedDateTime: new Date().toISOString(),
  };
  const { id } = await createOnce(agency.hub, procedure, `${identifier.system}|${identifier.value}`);
  agency.ledger.write({ kind: 'did', what: 'wrote-up', about: identifierOf(task), detail: `Procedure/${id}` });
}

function isOpen(task: Task): boolean {
  return ORDER.indexOf(task.status as Step) >= 0 && task.status !== 'completed';
}

function isBeyond(task: Task, to: Step): boolean {
  return ORDER.indexOf(task.status as Step) >= ORDER.indexOf(to);
}

/** The person who asked wants work that has begun to stop. */
function isToStop(task: Task): boolean {
  return task.businessStatus?.coding?.some(({ code }) => code === 'cancel-requested') ?? false;
}
