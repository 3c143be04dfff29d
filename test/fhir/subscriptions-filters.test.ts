import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Parameters, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { type Hook, openHook, parameterOf, subscribe, TASK_TOPIC } from '../support/subscriber.ts';

const REQUEST_TOPIC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Servicerequest';
const OWN_TOPICS = 'https://careloop.dev/fhir/SubscriptionTopic';
const FULFILL = { system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' };
const KIND = { system: 'https://hospital.example/kinds', code: 'follow-up' };

/** A filter that the event meets, and one of the same parameter that it does not. */
type Pair = readonly [met: string, other: string];

describe.each(databaseKinds())('a filter of a Subscription (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let foodBank: Partner;
  let hook: Hook;
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    foodBank = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
    hook = await openHook();
  });
  afterAll(async () => {
    await hub?.close();
    await hook?.close();
  });

  /** What the subscriber wrote itself it may see. */
  const create = <T extends Resource>(resource: T): Promise<T & { id: string }> =>
    done<T>(call('POST', `${hub.fhir}/${resource.resourceType}`, { token: foodBank.token, body: resource }));

  /** For each filter, how many events it let through of one change. */
  async function countsOf(topic: string, type: string, pairs: readonly Pair[], change: () => Promise<unknown>) {
    const subscribed = [];
    for (const filter of pairs.flat()) {
      const { id } = await subscribe(hub, foodBank, hook.url, { topic, filters: [`${type}?${filter}`] });
      subscribed.push({ filter, id });
    }
    await change();
    const counts: Record<string, string> = {};
    for (const { filter, id } of subscribed) {
      const address = `${hub.fhir}/Subscription/${id}/$status`;
      const { body } = await call<Bundle>('GET', address, { token: foodBank.token });
      const said = parameterOf(body.entry?.[0]?.resource as Parameters, 'events-since-subscription-start');
      counts[filter] = String(said);
    }
    return counts;
  }

  const wanted = (pairs: readonly Pair[]): Record<string, string> =>
    Object.fromEntries(pairs.flatMap(([met, other]) => [[met, '1'] as const, [other, '0'] as const]));

  test('of Tasks: by owner, requester, status, patient and code', async () => {
    await sendReferral(hub, hospital);
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?owner=Organization/${foodBank.id}`)) as [
      Task & { id: string },
    ];
    const pairs: Pair[] = [
      [`owner=Organization/${foodBank.id}`, `owner=Organization/${hospital.id}`],
      [`requester=${leg.requester?.reference}`, `requester=Organization/${foodBank.id}`],
      ['status=accepted', 'status=rejected'],
      [`patient=${leg.for?.reference}`, 'patient=Patient/nobody'],
      [`code=${FULFILL.system}|${FULFILL.code}`, `code=${FULFILL.system}|approve`],
    ];
    const narrowed = pairs.map(
      ([met, other]) => [`${met}&_id=${leg.id}`, `${other}&_id=${leg.id}`] as const satisfies Pair,
    );
    const accept = (): Promise<unknown> =>
      done(
        call('PATCH', `${hub.fhir}/Task/${leg.id}`, {
          token: foodBank.token,
          body: [{ op: 'replace', path: '/status', value: 'accepted' }],
          headers: { 'content-type': 'application/json-patch+json' },
        }),
      );
    expect(await countsOf(TASK_TOPIC, 'Task', narrowed, accept)).toEqual(wanted(narrowed));
  });

  test('of ServiceRequests: by requester, performer, status, patient and code', async () => {
    const patient = await create({ resourceType: 'Patient' });
    const request = await create<ServiceRequest>({
      resourceType: 'ServiceRequest',
      status: 'draft',
      intent: 'order',
      code: { coding: [KIND] },
      subject: { reference: `Patient/${patient.id}` },
      requester: { reference: `Organization/${hospital.id}` },
      performer: [{ reference: `Organization/${foodBank.id}` }],
    });
    const pairs: Pair[] = [
      [`requester=Organization/${hospital.id}`, `requester=Organization/${foodBank.id}`],
      [`performer=Organization/${foodBank.id}`, `performer=Organization/${hospital.id}`],
      ['status=revoked', 'status=completed'],
      [`patient=Patient/${patient.id}`, 'patient=Patient/nobody'],
      [`code=${KIND.system}|${KIND.code}`, `code=${KIND.system}|other`],
    ];
    const revoke = (): Promise<unknown> =>
      done(
        call('PUT', `${hub.fhir}/ServiceRequest/${request.id}`, {
          token: foodBank.token,
          body: { ...request, status: 'revoked' },
        }),
      );
    expect(await countsOf(REQUEST_TOPIC, 'ServiceRequest', pairs, revoke)).toEqual(wanted(pairs));
  });

  test('of Communications: by recipient, sender, status, patient and category', async () => {
    const patient = await create({ resourceType: 'Patient' });
    const pairs: Pair[] = [
      [`recipient=Organization/${foodBank.id}`, `recipient=Organization/${hospital.id}`],
      [`sender=Organization/${hospital.id}`, `sender=Organization/${foodBank.id}`],
      ['status=completed', 'status=stopped'],
      [`patient=Patient/${patient.id}`, 'patient=Patient/nobody'],
      [`category=${KIND.system}|${KIND.code}`, `category=${KIND.system}|other`],
    ];
    const send = (): Promise<unknown> =>
      create({
        resourceType: 'Communication',
        status: 'completed',
        category: [{ coding: [KIND] }],
        subject: { reference: `Patient/${patient.id}` },
        sender: { reference: `Organization/${hospital.id}` },
        recipient: [{ reference: `Organization/${foodBank.id}` }],
      });
    expect(await countsOf(`${OWN_TOPICS}/communication`, 'Communication', pairs, send)).toEqual(wanted(pairs));
  });

  test('of Appointments: by actor, patient, status and service-type', async () => {
    const patient = await create({ resourceType: 'Patient' });
    const pairs: Pair[] = [
      [`actor=Patient/${patient.id}`, 'actor=Patient/nobody'],
      [`patient=Patient/${patient.id}`, 'patient=Patient/nobody'],
      ['status=proposed', 'status=booked'],
      [`service-type=${KIND.system}|${KIND.code}`, `service-type=${KIND.system}|other`],
    ];
    const propose = (): Promise<unknown> =>
      create({
        resourceType: 'Appointment',
        status: 'proposed',
        serviceType: [{ coding: [KIND] }],
        participant: [{ actor: { reference: `Patient/${patient.id}` }, status: 'needs-action' }],
      });
    expect(await countsOf(`${OWN_TOPICS}/appointment`, 'Appointment', pairs, propose)).toEqual(wanted(pairs));
  });
});
