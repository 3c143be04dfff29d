import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Endpoint, Organization, Patient, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import { written } from '../fhir/written.ts';
import { type Answer, call, done, found, texts } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type Sent, sendStory } from './network/referral.ts';

describe.each(databaseKinds())('who may write what (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let stranger: Partner;
  let sent: Sent;
  let leg: Task & { id: string };
  beforeAll(async () => {
    hub = await startHub(kind);
    hospital = await addPartner(hub, 'Hospital');
    agency = await addPartner(hub, 'Agency');
    stranger = await addPartner(hub, 'Stranger');
    sent = await sendStory(hub, hospital, {
      number: 1,
      status: 'requested',
      asks: agency,
      direct: false,
      others: false,
    });
    leg = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${sent.root}`))[0] as Task & { id: string };
  });
  afterAll(() => hub?.close());

  const read = async <T extends Resource>(name: string, by: Partner): Promise<T & { id: string }> =>
    done<T>(call('GET', `${hub.fhir}/${name}`, { token: by.token, headers: { accept: 'application/fhir+json' } }));
  const unchanged = async (by: Partner, ask: () => Promise<Answer<unknown>>): Promise<Answer<unknown>> => {
    const before = await written(hub.deps.db);
    const answer = await ask();
    expect(await written(hub.deps.db)).toEqual(before);
    expect(by.token).toBeTruthy();
    return answer;
  };

  test('who is shown a client or an order may not change, patch or delete it', async () => {
    for (const name of [sent.patient, leg.focus?.reference ?? '', sent.supporting, sent.scan]) {
      const body = await read(name, agency);
      const asked = [
        () => call('PUT', `${hub.fhir}/${name}`, { token: agency.token, body }),
        () =>
          call('PATCH', `${hub.fhir}/${name}`, {
            token: agency.token,
            headers: { 'content-type': 'application/json-patch+json' },
            body: [{ op: 'add', path: '/language', value: 'en' }],
          }),
        () => call('DELETE', `${hub.fhir}/${name}`, { token: agency.token }),
      ];
      for (const ask of asked) {
        const answer = await unchanged(agency, ask);
        expect([name, answer.status]).toEqual([name, 403]);
        expect(texts(answer)[0]).toContain('was written by another organization');
      }
    }
  });

  test('nor in a transaction, by a condition, or in a batch', async () => {
    const body = await read<Patient>(sent.patient, agency);
    const url = `Patient?identifier=${body.identifier?.[0]?.system}|${body.identifier?.[0]?.value}`;
    const conditional = await unchanged(agency, () => call('PUT', `${hub.fhir}/${url}`, { token: agency.token, body }));
    expect(conditional.status).toBe(403);
    const bundle = (type: string): object => ({
      resourceType: 'Bundle',
      type,
      entry: [{ request: { method: 'PUT', url: sent.patient }, resource: body }],
    });
    const transaction = await unchanged(agency, () =>
      call('POST', hub.fhir, { token: agency.token, body: bundle('transaction') }),
    );
    expect(transaction.status).toBe(403);
    const batch = await unchanged(agency, () => call('POST', hub.fhir, { token: agency.token, body: bundle('batch') }));
    expect(batch.body).toMatchObject({ entry: [{ response: { status: expect.stringContaining('403') } }] });
  });

  test('what is everybody’s to read is its author’s to change', async () => {
    const name = `Organization/${hospital.id}`;
    const body = await read<Organization>(name, stranger);
    const answer = await unchanged(stranger, () =>
      call('PUT', `${hub.fhir}/${name}`, { token: stranger.token, body: { ...body, name: 'Mine now' } }),
    );
    expect(answer.status).toBe(403);
  });

  test('who wrote it may, and so may people at the hub', async () => {
    const body = await read<Patient>(sent.patient, hospital);
    const changed = { ...body, language: 'en' };
    expect((await call('PUT', `${hub.fhir}/${sent.patient}`, { token: hospital.token, body: changed })).status).toBe(
      200,
    );
    expect((await call('PUT', `${hub.fhir}/${sent.patient}`, { body: { ...changed, language: 'de' } })).status).toBe(
      200,
    );
    // And it is its author's still.
    expect((await call('PUT', `${hub.fhir}/${sent.patient}`, { token: hospital.token, body })).status).toBe(200);
  });

  test('who is asked answers in its Task, and changes nothing else of it', async () => {
    const body = { ...leg, status: 'accepted' };
    expect((await call('PUT', `${hub.fhir}/Task/${leg.id}`, { token: agency.token, body })).status).toBe(200);
    const answer = await unchanged(agency, () =>
      call('PUT', `${hub.fhir}/Task/${leg.id}`, {
        token: agency.token,
        body: { ...body, requester: { reference: `Organization/${agency.id}` } },
      }),
    );
    expect(answer.status).toBe(422);
  });

  test('what is hidden is changed and deleted like what is not there', async () => {
    const request = await read<ServiceRequest>(sent.request, hospital);
    const nowhere = 'ServiceRequest/no-such-thing';
    const about = (name: string): readonly (() => Promise<Answer<unknown>>)[] => {
      const id = name.split('/')[1];
      const url = `${hub.fhir}/${name}`;
      const body = { ...request, id };
      const patch = { 'content-type': 'application/json-patch+json' };
      return [
        () => call('PUT', url, { token: stranger.token, body }),
        () => call('PUT', url, { token: stranger.token, body, headers: { 'if-match': 'W/"1"' } }),
        () => call('PUT', url, { token: stranger.token, body, headers: { 'if-none-match': '*' } }),
        () =>
          call('PATCH', url, {
            token: stranger.token,
            headers: patch,
            body: [{ op: 'add', path: '/language', value: 'en' }],
          }),
        () => call('DELETE', url, { token: stranger.token }),
        () => call('DELETE', url, { token: stranger.token, headers: { 'if-match': 'W/"1"' } }),
      ];
    };
    const [hidden, missing] = [about(sent.request), about(nowhere)];
    for (const [at, ask] of hidden.entries()) {
      const answer = await unchanged(stranger, ask);
      const other = await missing[at]?.();
      const said = (each: Answer<unknown> | undefined, name: string): string =>
        JSON.stringify([each?.status, each?.body]).replaceAll(name.split('/')[1] ?? '', 'ID');
      expect(said(answer, sent.request)).toBe(said(other, nowhere));
    }
  });

  test('deleting what is hidden beside a change of its own keeps nothing from the hub', async () => {
    const task = await read<Task>(`Task/${leg.id}`, agency);
    const body = {
      resourceType: 'Bundle',
      type: 'transaction',
      entry: [
        { request: { method: 'DELETE', url: sent.root } },
        { request: { method: 'PUT', url: `Task/${leg.id}` }, resource: { ...task, status: 'in-progress' } },
      ],
    };
    expect((await call('POST', hub.fhir, { token: agency.token, body })).status).toBe(200);
    expect(await read<Task>(sent.root, hospital)).toMatchObject({ status: 'in-progress' });
  });

  test('a partner enters what is its own into the directory: no Endpoint, service or role of another', async () => {
    const endpoint: Endpoint = {
      resourceType: 'Endpoint',
      status: 'active',
      connectionType: {
        system: 'http://terminology.hl7.org/CodeSystem/endpoint-connection-type',
        code: 'hl7-fhir-rest',
      },
      payloadType: [{ text: 'FHIR R4' }],
      address: 'http://127.0.0.1:9/fhir',
      managingOrganization: { reference: `Organization/${hospital.id}` },
    };
    const entries: Resource[] = [
      endpoint,
      { resourceType: 'HealthcareService', providedBy: { reference: `Organization/${hospital.id}` } },
      { resourceType: 'PractitionerRole', organization: { reference: `Organization/${hospital.id}` } },
    ];
    for (const body of entries) {
      const post = (by: Partner): Promise<Answer<unknown>> =>
        call('POST', `${hub.fhir}/${body.resourceType}`, { token: by.token, body });
      const refused = await unchanged(stranger, () => post(stranger));
      expect([refused.status, texts(refused)[0]]).toEqual([403, expect.stringContaining('another organization')]);
      expect((await post(hospital)).status).toBe(201);
    }
    const department = await done<Organization>(
      call('POST', `${hub.fhir}/Organization`, {
        token: stranger.token,
        body: { resourceType: 'Organization', name: 'A department of its own' },
      }),
    );
    const own = { ...endpoint, managingOrganization: { reference: `Organization/${department.id}` } };
    const mine = await done<Endpoint>(call('POST', `${hub.fhir}/Endpoint`, { token: stranger.token, body: own }));
    const led = await unchanged(stranger, () =>
      call('PUT', `${hub.fhir}/Endpoint/${mine.id}`, { token: stranger.token, body: { ...endpoint, id: mine.id } }),
    );
    expect(led.status).toBe(403);
  });
});
