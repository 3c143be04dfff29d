import type { HealthcareService, ServiceRequest, Task } from '@medplum/fhirtypes';
import { eventually } from '../../../support/eventually.ts';
import type { Verdict } from '../../requirement.ts';
import { bundleIn } from '../../server/answer.ts';
import type { Server } from '../../server/server.ts';
import { pass, require } from '../../verdict.ts';

const NEEDS = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
const FOOD = { coding: [{ system: NEEDS, code: 'food-insecurity' }] };
const FULFILL = { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] };

/**
 * An indirect referral: the platform makes a request and a Task of its own for whoever is to help.
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/referral_workflow.html
 */
export async function passesReferralsOn(server: Server): Promise<Verdict> {
  const { leg, request } = await passedOn(server);
  const order = (await server.call('GET', leg.focus?.reference ?? '')).json as Partial<ServiceRequest>;
  require(order.intent === 'filler-order', 'The platform’s own ServiceRequest is not a filler-order.');
  const based = order.basedOn?.some(({ reference }) => reference?.endsWith(`ServiceRequest/${request.id}`));
  require(based, 'The platform’s own ServiceRequest is not based on the referral’s.');
  return pass('A referral was passed on by a Task that is part of it and a filler-order based on its ServiceRequest.');
}

/** What it passes on, it is the source of. */
export async function asksByRequested(server: Server): Promise<Verdict> {
  const { leg } = await passedOn(server);
  require(leg.status === 'requested', `The Task by which a referral was passed on was ${leg.status}.`);
  return pass('A referral was passed on by a Task whose status is requested.');
}

interface PassedOn {
  readonly request: ServiceRequest & { id: string };
  /** The platform's own Task, as it was first seen. */
  readonly leg: Task;
}

/** Refers somebody, sees the referral passed on, and takes it back. */
async function passedOn(server: Server): Promise<PassedOn> {
  const { task, request } = await refer(server);
  const leg = await eventually(() => legOf(server, task.id), { timeoutMs: 10_000, intervalMs: 100 });
  await server.call('PUT', `Task/${task.id}`, { body: { ...task, status: 'cancelled' } });
  return { request, leg };
}

async function refer(
  server: Server,
): Promise<{ task: Task & { id: string }; request: ServiceRequest & { id: string } }> {
  const source = await server.create({ resourceType: 'Organization', active: true, name: 'Conformance, a clinic' });
  const agency = await server.create({ resourceType: 'Organization', active: true, name: 'Conformance, an agency' });
  await server.create<HealthcareService>({
    resourceType: 'HealthcareService',
    active: true,
    name: 'Conformance, food',
    category: [FOOD],
    providedBy: { reference: `Organization/${agency.id}` },
  });
  const patient = await server.create({ resourceType: 'Patient', name: [{ family: 'Conformance' }] });
  const request = await server.create<ServiceRequest>({
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    category: [FOOD],
    code: { text: 'Food' },
    subject: { reference: `Patient/${patient.id}` },
    requester: { reference: `Organization/${source.id}` },
  });
  const task = await server.create<Task>({
    resourceType: 'Task',
    status: 'requested',
    intent: 'order',
    code: FULFILL,
    focus: { reference: `ServiceRequest/${request.id}` },
    for: { reference: `Patient/${patient.id}` },
    authoredOn: '2021-03-04T05:06:07Z',
    requester: { reference: `Organization/${source.id}` },
  });
  return { task, request };
}

async function legOf(server: Server, id: string): Promise<Task> {
  const entries = bundleIn(await server.call('GET', `Task?part-of=Task/${id}`)).entry ?? [];
  const leg = entries.map(({ resource }) => resource).find((each) => each?.resourceType === 'Task');
  require(leg, 'A referral is not passed on by a Task that is part of it.');
  return leg as Task;
}
