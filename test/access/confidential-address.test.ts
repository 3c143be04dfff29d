import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Parameters, Patient } from '@medplum/fhirtypes';
import { kickOff, manifestAt } from '../fhir/exports.ts';
import { call, fetchAsOperator, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { type FhirInbox, startFhirInbox } from '../support/fhir-inbox.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { manyHooks, subscribe } from '../support/subscriber.ts';
import { STREET, TAG } from '../unit/fhir/sharing/cases-of-subsets.ts';
import { ADDRESS, type Confidant, confidantOf, expectNone, HIDDEN, PHONE } from './network/confidential.ts';

describe.each(databaseKinds())('a client with a confidential address (%s)', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let from: Confidant;
  let pushed: Partner;
  let inbox: FhirInbox;
  const hooks = manyHooks();

  beforeAll(async () => {
    inbox = await startFhirInbox();
    hub = await startHub(kind, { workers: true });
    hospital = await addPartner(hub, 'A Hospital');
    from = confidantOf(hub, hospital);
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
    const { address } = inbox;
    pushed = await addPartner(hub, 'A Shelter', { category: 'inadequate-housing', address });
  });
  afterAll(async () => {
    await hub?.close();
    await hooks.close();
    inbox?.close();
  });

  test('the offer goes without waiting; the agency sees the client without the address, the sender and the hub with it', async () => {
    const sent = await from.send(agency);
    const leg = await from.legOf(sent);
    expect(leg.status).toBe('requested');
    expect((await call('GET', `${hub.fhir}/Task/${leg.id}`, { token: agency.token })).status).toBe(200);
    const theirs = await from.read(sent.patient, agency);
    expect(theirs).toMatchObject({ name: [{ family: `Story${sent.number}` }], meta: { tag: [TAG] } });
    expect(Object.keys(theirs).sort()).toEqual(['birthDate', 'id', 'identifier', 'meta', 'name', 'resourceType']);
    expectNone(JSON.stringify(theirs));
    for (const by of [hospital, undefined]) expect(await from.read(sent.patient, by)).toMatchObject(ADDRESS);
    const checked = await call('POST', `${hub.fhir}/Patient/$validate`, { token: agency.token, body: theirs });
    expect(JSON.stringify(checked.body)).not.toMatch(/"severity":"(error|fatal)"/);
  });

  test('by no door the agency learns of the address', async () => {
    const sent = await from.send(agency);
    const leg = await from.legOf(sent);
    const id = sent.id;
    const name = `Story${sent.number}`;
    const doors = [
      sent.patient,
      `${sent.patient}?_format=xml`,
      `${sent.patient}/_history/1`,
      `${sent.patient}/_history`,
      'Patient/_history',
      '_history',
      `Patient?family=${name}`,
      `Patient?_id=${id}`,
      `Patient?_id=${id}&_elements=address,telecom`,
      `Patient?family=${name}&_sort=address-city`,
      `Patient?_sort=-phone&_count=1`,
      `Task?_id=${leg.id}&_include=Task:patient`,
      `Task?_id=${leg.id}&_include=*`,
      `Patient?_id=${id}&_revinclude=Task:patient`,
      `?_type=Patient,Task&_id=${id}`,
      `Patient/${id}/$everything`,
      `Patient/${id}/$everything?_type=Patient`,
      `/api/loops`,
      `/api/loops/${sent.root.split('/')[1]}`,
      `/api/loops/${sent.root.split('/')[1]}/timeline`,
    ];
    for (const door of doors) expectNone(await from.textAt(door, agency));
    for (const door of doors.slice(0, 8)) expect(await from.textAt(door, agency)).toContain(name);
    const bundle = {
      resourceType: 'Bundle',
      type: 'batch',
      entry: [{ request: { method: 'GET', url: sent.patient } }],
    };
    const headers = { 'content-type': 'application/fhir+json' };
    const inBundle = await from.textAt('', agency, { method: 'POST', headers, body: JSON.stringify(bundle) });
    expect(inBundle).toContain(name);
    expectNone(inBundle);
  });

  test('nobody is found by it, by no way of searching, and by no answer it can be guessed', async () => {
    const sent = await from.send(agency);
    const leg = await from.legOf(sent);
    const guesses = [
      `address-city=${HIDDEN.city}`,
      `address-postalcode=${HIDDEN.postalCode}`,
      `phone=${PHONE}`,
      'address=Larkspur',
    ];
    for (const guess of [...guesses, 'phone:missing=false', 'address:missing=false']) {
      const answer = await call('GET', `${hub.fhir}/Patient?${guess}&_summary=count`, { token: agency.token });
      expect({ guess, body: answer.body }).toMatchObject({ guess, body: { total: 0 } });
      const whose = await call('GET', `${hub.fhir}/Patient?_id=${sent.id}&${guess}`);
      expect({ guess, found: found(whose) }).toEqual({ guess, found: [] });
    }
    for (const guess of guesses) {
      const answer = await call('GET', `${hub.fhir}/Task?_id=${leg.id}&patient.${guess}`, { token: agency.token });
      expect({ guess, found: found(answer) }).toEqual({ guess, found: [] });
    }
    const patch = async (value: string): Promise<unknown> => {
      const headers = { 'content-type': 'application/json-patch+json' };
      const body = JSON.stringify([
        { op: 'test', path: '/address/0/line/0', value },
        { op: 'replace', path: '/gender', value: 'other' },
      ]);
      const { status, body: said } = await call('PATCH', `${hub.fhir}/${sent.patient}`, {
        token: agency.token,
        headers,
        body,
      });
      return { status, said };
    };
    expect(await patch(STREET)).toEqual(await patch('Another Street 1'));
    const asked: Patient = { resourceType: 'Patient', telecom: [{ system: 'phone', value: PHONE }] };
    const parameter = [{ name: 'resource', resource: asked }];
    const body = { resourceType: 'Parameters', parameter } as Parameters;
    const matched = await call('POST', `${hub.fhir}/Patient/$match`, { token: agency.token, body });
    expect(found(matched)).toEqual([]);
    const byName = {
      ...body,
      parameter: [{ name: 'resource', resource: { ...(await from.read(sent.patient)), id: undefined } }],
    };
    const match = await call('POST', `${hub.fhir}/Patient/$match`, { token: agency.token, body: byName });
    expect(JSON.stringify(match.body)).toContain(`Story${sent.number}`);
    expectNone(JSON.stringify(match.body));
  });

  test('an export has the client without the address', async () => {
    const sent = await from.send(agency);
    const asked = await kickOff(`${hub.fhir}/Patient/$export?_type=Patient`, agency.token);
    const { output } = await manifestAt(asked.statusUrl, agency.token);
    const texts = await Promise.all(
      output.map(async ({ url }) => {
        const response = await fetchAsOperator(url, { headers: { authorization: `Bearer ${agency.token}` } });
        return response.text();
      }),
    );
    expect(texts.join()).toContain(`Story${sent.number}`);
    expectNone(texts.join());
  });

  test('what is pushed to a server and to a subscriber has no address', async () => {
    const hook = await hooks.open();
    await subscribe(hub, agency, hook.url, { content: 'full-resource' });
    const [sent, other] = [await from.send(agency), await from.send(pushed)];
    const leg = await from.legOf(sent);
    await eventually(() => expect(hook.seen.map(({ text }) => text).join()).toContain(leg.id));
    const asked = await from.legOf(other);
    await eventually(() => expect(inbox.received.join()).toContain(asked.id));
    expectNone(hook.seen.map(({ text }) => text).join());
    expectNone(inbox.received.join());
  });
});
