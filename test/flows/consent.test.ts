import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent, Bundle, Communication, Consent, Patient, Task } from '@medplum/fhirtypes';
import { rebuildReaders } from '../../src/fhir/sharing/check-readers.ts';
import type { LoopDetail } from '../../src/loops/api.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { reconsiderDue } from '../../src/referrals/consent/reconsider-due.ts';
import { call, done, found } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { consentOf, toOrganization } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, referralBundle } from '../support/network.ts';

const OPIOIDS = { system: 'http://hl7.org/fhir/sid/icd-10-cm', code: 'F11.20' };

const JSON_BODY = { 'content-type': 'application/json' };

/** What was sent: the ids of the client and of the root Task. */
interface Sent {
  readonly patient: string;
  readonly loop: string;
}

describe.each(databaseKinds())('a referral that needs a consent (%s)', (kind) => {
  const clock = createClock();
  let hub: TestHub;
  let hospital: Partner;
  let pantry: Partner;
  let shelter: Partner;
  let server: Server;
  const received: { method: string; task: Task }[] = [];

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      received.push({ method: request.method ?? '', task: JSON.parse(Buffer.concat(chunks).toString()) });
      response.writeHead(201, { location: 'Task/there/_history/1' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
    hub = await startHub(kind, { workers: true, now: clock.now });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    pantry = await addPartner(hub, 'A Pantry', { category: 'food-insecurity' });
    shelter = await addPartner(hub, 'A Shelter', { category: 'inadequate-housing', address });
  });
  afterAll(async () => {
    await closeHealthy(hub);
    server?.close();
  });

  let referrals = 0;
  const send = async (to: Partner, coding?: typeof OPIOIDS): Promise<Sent> => {
    referrals += 1;
    const bundle = referralBundle(hospital, {
      performer: `Organization/${to.id}`,
      category: to === pantry ? 'food-insecurity' : 'inadequate-housing',
      identifier: `consent-${referrals}`,
    });
    const request = bundle.entry?.[1]?.resource;
    if (request?.resourceType === 'ServiceRequest' && coding) request.reasonCode = [{ coding: [coding] }];
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const ids = (answer.entry ?? []).map(({ response }) => response?.location?.split('/')[1] ?? '');
    return { patient: `Patient/${ids[0]}`, loop: ids[2] ?? '' };
  };
  const loopOf = async ({ loop }: Sent, as?: Partner): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub.url}/api/loops/${loop}`, { token: as?.token })).body;
  const tasksOf = async (to: Partner, { loop }: Sent): Promise<Task[]> =>
    found<Task>(await call('GET', `${hub.fhir}/Task?part-of=Task/${loop}`, { token: to.token }));
  const patientOf = async (to: Partner, { patient }: Sent): Promise<number> =>
    (await call<Patient>('GET', `${hub.fhir}/${patient}`, { token: to.token })).status;
  const give = (consent: Consent, by = hospital): Promise<Consent & { id: string }> =>
    done<Consent>(call('POST', `${hub.fhir}/Consent`, { token: by.token, body: consent }));
  const withdraw = (consent: Consent): Promise<Consent> =>
    done<Consent>(
      call('PUT', `${hub.fhir}/Consent/${consent.id}`, {
        token: hospital.token,
        body: { ...consent, status: 'inactive' },
      }),
    );
  const permitFor = (to: Partner, sent: Sent, more = {}): Consent =>
    consentOf(sent.patient, { type: 'permit', actor: toOrganization(to.id), ...more });
  const waits = async (sent: Sent): Promise<LoopDetail> =>
    eventually(async () => {
      const loop = await loopOf(sent);
      const offer = loop.timeline.find((entry) => entry.kind === 'delivery');
      expect(offer).toMatchObject({ status: 'pending', attempts: 0, lastCode: 'obtain-consent' });
      return loop;
    });

  test('nothing leaves: the offer waits, a case manager is asked for the consent, and nobody sees it', async () => {
    const sent = await send(shelter, OPIOIDS);
    const loop = await waits(sent);
    expect(loop.nextStep).toMatchObject({ step: 'obtain-consent', waitingOn: { kind: 'case-manager' } });
    expect(await tasksOf(shelter, sent)).toEqual([]);
    expect(await patientOf(shelter, sent)).toBe(404);
    expect((await call('GET', `${hub.url}/api/loops/${sent.loop}`, { token: shelter.token })).status).toBe(404);
    expect(received).toEqual([]);
    const refused = found<AuditEvent>(await call('GET', `${hub.fhir}/AuditEvent?patient=${sent.patient}&_count=100`));
    expect(JSON.stringify(refused)).toContain('consent.obtain');

    // The recipient cannot write it for itself: it cannot even see the client.
    const own = await call('POST', `${hub.fhir}/Consent`, { token: shelter.token, body: permitFor(shelter, sent) });
    expect(own.status).toBe(422);
    expect(await tasksOf(shelter, sent)).toEqual([]);

    await give(permitFor(shelter, sent));
    await eventually(() => expect(received.map(({ method }) => method)).toEqual(['POST']));
    expect(received[0]?.task.note).toBeUndefined();
    await eventually(async () =>
      expect((await loopOf(sent)).nextStep).toMatchObject({ step: 'decide', waitingOn: { kind: 'receiver' } }),
    );
    expect(await patientOf(shelter, sent)).toBe(200);
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });

  test('withdrawing it stops reads with the same answer, and the recipient is told, on its server too', async () => {
    received.length = 0;
    const sent = await send(shelter, OPIOIDS);
    const consent = await give(permitFor(shelter, sent));
    await eventually(async () => expect((await loopOf(sent)).nextStep).toMatchObject({ step: 'decide' }));
    const [leg] = await tasksOf(shelter, sent);
    expect(leg?.meta?.security?.map(({ code }) => code)).toEqual(['R', 'SUD']);

    await withdraw(consent);
    expect(await tasksOf(shelter, sent)).toEqual([]);
    expect(await patientOf(shelter, sent)).toBe(404);
    expect((await call('GET', `${hub.fhir}/Task/${leg?.id}`, { token: shelter.token })).status).toBe(404);
    expect((await call('GET', `${hub.fhir}/Task/${leg?.id}/_history`, { token: shelter.token })).status).toBe(404);
    expect((await loopOf(sent)).nextStep).toMatchObject({ step: 'obtain-consent' });
    const [told] = found<Communication>(await call('GET', `${hub.fhir}/Communication`, { token: shelter.token }));
    expect(told).toMatchObject({ about: [{ reference: `Task/${leg?.id}` }] });
    expect(told?.payload?.[0]?.contentString).toBe(
      "The client's consent does not permit this any more: the record of the client, the request, the Task. It can no longer be read here. Use what you have of it only as far as the law obliges you to.",
    );
    await eventually(() => expect(received).toHaveLength(2));
    expect(received[1]).toMatchObject({
      method: 'PUT',
      task: { status: 'requested', statusReason: { text: "The client's consent does not permit this any more." } },
    });
    for (const element of ['for', 'focus', 'description', 'note', 'reasonCode'])
      expect(received[1]?.task).not.toHaveProperty(element);
    const ended = await hub.deps.db.query(
      `SELECT DISTINCT end_reason FROM share WHERE loop_id = $1 AND ended_at IS NOT NULL`,
      [sent.loop],
    );
    expect(ended).toEqual([{ end_reason: 'consent-withdrawn' }]);

    const under = await call('GET', `${hub.url}/api/consents/${consent.id}/disclosures`);
    expect(under.body).toMatchObject({
      disclosures: expect.arrayContaining([
        expect.objectContaining({
          recipient: { id: shelter.id, name: 'A Shelter' },
          resource: `Task/${leg?.id}`,
          endedBecause: 'consent-withdrawn',
        }),
      ]),
    });

    // Given again, it goes on by itself.
    await give({ ...permitFor(shelter, sent), dateTime: '2026-02-20' });
    expect(await patientOf(shelter, sent)).toBe(200);
    await eventually(() => expect(received).toHaveLength(3));
    expect(received[2]?.task).toHaveProperty('for');
    expect(await rebuildReaders(hub.deps.db)).toEqual([]);
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });

  test('a denial stops what needs no consent, for whom it names', async () => {
    const sent = await send(pantry);
    expect(await tasksOf(pantry, sent)).toHaveLength(1);
    const denial = consentOf(sent.patient, { type: 'deny', actor: toOrganization(pantry.id) });
    const given = await give(denial);
    expect(await tasksOf(pantry, sent)).toEqual([]);
    expect(await patientOf(pantry, sent)).toBe(404);
    await done(
      call('PUT', `${hub.fhir}/Consent/${given.id}`, {
        token: hospital.token,
        body: { ...given, status: 'entered-in-error' },
      }),
    );
    expect(await tasksOf(pantry, sent)).toHaveLength(1);
  });

  test('a person at the hub is told whether, and because of which consent, provision and rule', async () => {
    const sent = await send(pantry, OPIOIDS);
    const question = { resource: `Task/${sent.loop}`, recipient: pantry.id };
    const ask = async (token?: string): Promise<unknown> =>
      (await call('POST', `${hub.url}/api/consent/decide`, { token, body: question, headers: JSON_BODY })).body;
    expect(await ask()).toEqual({
      decision: 'wait',
      because: [
        {
          rule: 'substance-use',
          text: 'What tells of substance use needs a consent that names the recipient, or the class of treating providers where the recipient is one.',
        },
      ],
      until: null,
    });
    const { id } = await give(permitFor(pantry, sent, { period: { end: '2027-01-31' } }));
    expect(await ask()).toMatchObject({
      decision: 'permit',
      because: expect.arrayContaining([
        { consent: `Consent/${id}`, provision: 'Consent.provision', text: 'The client permits it.' },
      ]),
      until: '2027-02-01T00:00:00.000Z',
    });
    expect(await ask(hospital.token)).toMatchObject({ resourceType: 'OperationOutcome' });
  });

  test('deleting a consent withdraws it', async () => {
    const sent = await send(pantry, OPIOIDS);
    const { id } = await give(permitFor(pantry, sent));
    expect(await tasksOf(pantry, sent)).toHaveLength(1);
    expect((await call('DELETE', `${hub.fhir}/Consent/${id}`, { token: hospital.token })).status).toBeLessThan(300);
    expect(await tasksOf(pantry, sent)).toEqual([]);
  });

  test('a denial that is given at the moment of an offer is not overlooked', async () => {
    for (let round = 0; round < 6; round += 1) {
      const sent = await send(pantry);
      const task = await done<Task>(call('GET', `${hub.fhir}/Task/${sent.loop}`, { token: hospital.token }));
      const { id: _id, meta: _meta, ...body } = task;
      const again = {
        ...body,
        identifier: [{ value: `meanwhile-${round}` }],
        owner: { reference: `Organization/${pantry.id}` },
      };
      const [offered] = await Promise.all([
        done<Task>(call('POST', `${hub.fhir}/Task`, { token: hospital.token, body: again })),
        give(consentOf(sent.patient, { type: 'deny', actor: toOrganization(pantry.id) })),
      ]);
      expect((await call('GET', `${hub.fhir}/Task/${offered.id}`, { token: pantry.token })).status).toBe(404);
      expect(await patientOf(pantry, sent)).toBe(404);
    }
    expect(await rebuildReaders(hub.deps.db)).toEqual([]);
  });

  test('a consent that comes with the referral counts at once', async () => {
    const bundle = referralBundle(hospital, { performer: `Organization/${pantry.id}`, identifier: 'with-consent' });
    const [patient, request] = bundle.entry ?? [];
    if (request?.resource?.resourceType === 'ServiceRequest') request.resource.reasonCode = [{ coding: [OPIOIDS] }];
    const consent = consentOf(patient?.fullUrl ?? '', { type: 'permit', actor: toOrganization(pantry.id) });
    bundle.entry?.push({ request: { method: 'POST', url: 'Consent' }, resource: consent });
    const answer = await done<Bundle>(call('POST', hub.fhir, { token: hospital.token, body: bundle }));
    const loop = answer.entry?.[2]?.response?.location?.split('/')[1] ?? '';
    expect(await tasksOf(pantry, { loop, patient: '' })).toHaveLength(1);
  });

  test('when its period is over it is read no more, also while the worker that ends it is late', async () => {
    const sent = await send(pantry, OPIOIDS);
    // By the hub's clock it lasts until April; the database's own is behind that already.
    await give(permitFor(pantry, sent, { period: { end: '2026-04-01' } }));
    expect(await tasksOf(pantry, sent)).toEqual([]);
    expect(await patientOf(pantry, sent)).toBe(404);
    expect(await patientOf(hospital, sent)).toBe(200);
    expect((await loopOf(sent)).nextStep).not.toMatchObject({ step: 'obtain-consent' });
    clock.set('2026-04-02T00:00:00Z');
    await reconsiderDue(hub.deps.store, hub.deps.consentPolicy);
    expect((await loopOf(sent)).nextStep).toMatchObject({ step: 'obtain-consent' });
    const ends = await hub.deps.db.query(
      `SELECT DISTINCT end_reason FROM share WHERE loop_id = $1 AND ended_at IS NOT NULL`,
      [sent.loop],
    );
    expect(ends).toEqual([{ end_reason: 'consent-ended' }]);
    expect(await rebuildReaders(hub.deps.db)).toEqual([]);
  });
});
