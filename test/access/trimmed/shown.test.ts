import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient, Resource } from '@medplum/fhirtypes';
import { kickOff, linesOf, manifestAt } from '../../fhir/exports.ts';
import { call, done, found } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { eventually } from '../../support/eventually.ts';
import { type FhirInbox, startFhirInbox } from '../../support/fhir-inbox.ts';
import { closeHealthy } from '../../support/healthy.ts';
import { type StartedHub, startHub } from '../../support/hub.ts';
import { addPartner, type Partner } from '../../support/network.ts';
import { manyHooks, subscribe } from '../../support/subscriber.ts';
import { TAG } from '../../unit/fhir/sharing/cases-of-subsets.ts';
import { aClient, FOOD, FOR_RIDES, forRides, policyOf, RIDES, refer, SECRETS, taskOf } from './clients.ts';

// inference.test.ts is of another store, where there is one.
const [kind = 'embedded'] = databaseKinds().toReversed();

describe('a client of whom who is asked needs a part', () => {
  let hub: StartedHub;
  let hospital: Partner;
  let driver: Partner;
  let pantry: Partner;
  let pushed: Partner;
  let inbox: FhirInbox;
  const hooks = manyHooks();

  beforeAll(async () => {
    inbox = await startFhirInbox();
    hub = await startHub(kind, { workers: true, settings: { POLICIES_DIR: policyOf(FOR_RIDES) } });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    driver = await addPartner(hub, 'Rides and Meals', { category: RIDES });
    pantry = await addPartner(hub, 'Pantry', { category: FOOD });
    const { address } = inbox;
    pushed = await addPartner(hub, 'Wheels', { address });
  });
  afterAll(async () => {
    await closeHealthy(hub);
    await hooks.close();
    inbox?.close();
  });

  const read = async (name: string, by?: Partner): Promise<unknown> => {
    const {
      id: _id,
      meta,
      resourceType: _type,
      ...rest
    } = await done<Patient>(call('GET', `${hub.fhir}/${name}`, { token: by?.token }));
    return { ...rest, part: (meta?.tag ?? []).some(({ code }) => code === TAG.code) };
  };
  const textAt = async (path: string, by: Partner, init: RequestInit = {}): Promise<string> => {
    const headers = { 'content-type': 'application/fhir+json', authorization: `Bearer ${by.token}` };
    const response = await fetch(path.startsWith('/') ? `${hub.url}${path}` : `${hub.fhir}/${path}`, {
      headers,
      ...init,
    });
    return `${response.status} ${JSON.stringify([...response.headers])} ${await response.text()}`;
  };
  const expectNone = (text: string): void => {
    for (const secret of SECRETS) expect(text).not.toMatch(secret);
  };

  test('is shown in part to who drives, and whole to who brings food, to who sent it, and to the hub', async () => {
    const client = aClient();
    const { number: _number, resourceType: _type, ...whole } = client;
    const rides = await refer(hub, hospital, client, { category: RIDES });
    const id = rides.patient.split('/')[1] ?? '';
    await refer(hub, hospital, id, { category: FOOD, identifier: `food-of-${id}` });
    expect(await read(rides.patient, driver)).toEqual({ ...forRides(client), part: true });
    for (const by of [hospital, pantry, undefined])
      expect(await read(rides.patient, by)).toEqual({ ...whole, part: false });
    const shares = await hub.deps.db.query(
      `SELECT organization_id AS id, shown IS NULL AS whole FROM share WHERE resource_id = $1 AND ended_at IS NULL ORDER BY id`,
      [id],
    );
    expect(shares).toEqual([
      { id: driver.id, whole: false },
      { id: pantry.id, whole: true },
    ]);
  });

  test('by no door who drives learns of the rest', async () => {
    const client = aClient();
    const told = await refer(hub, hospital, client, { category: RIDES });
    const leg = await taskOf(hub, told);
    const id = told.patient.split('/')[1] ?? '';
    const doors = [
      told.patient,
      `${told.patient}?_format=xml`,
      `${told.patient}?_elements=name,telecom,address`,
      `${told.patient}?_summary=true`,
      `${told.patient}/_history/1`,
      `${told.patient}/_history`,
      'Patient/_history',
      `Patient?family=Client${client.number}`,
      `Patient?_sort=-birthdate,phone`,
      `Task?_id=${leg.id}&_include=Task:patient`,
      `Task?_id=${leg.id}&_include=*&_revinclude=*`,
      `Patient/${id}/$everything`,
      '/api/loops',
      `/api/loops/${told.root.split('/')[1]}`,
      `Provenance?target=${told.patient}`,
    ];
    for (const door of doors) expectNone(await textAt(door, driver));
    for (const door of doors.slice(0, 3)) expect(await textAt(door, driver)).toContain(`Client${client.number}`);
    const entry = [{ request: { method: 'GET', url: told.patient } }];
    const batch = JSON.stringify({ resourceType: 'Bundle', type: 'batch', entry });
    expectNone(await textAt('', driver, { method: 'POST', body: batch }));
    const short = await done<Patient>(
      call('GET', `${hub.fhir}/${told.patient}?_elements=name`, { token: driver.token }),
    );
    expect(short.meta?.tag).toEqual([TAG]);
  });

  test('is shown more while a second referral needs more, and less when that is declined; then not at all', async () => {
    const client = aClient();
    const both = await addPartner(hub, `Both ${client.number}`);
    const performer = `Organization/${both.id}`;
    const rides = await refer(hub, hospital, client, { category: RIDES, owner: performer });
    const food = await refer(hub, hospital, rides.patient.split('/')[1] ?? '', {
      owner: performer,
      identifier: `both-${client.number}`,
    });
    const etagged = await call('GET', `${hub.fhir}/${rides.patient}`, { token: both.token });
    expect(etagged.body).toMatchObject({ telecom: client.telecom });
    const decline = async (root: string): Promise<void> => {
      const task = await done<Resource>(call('GET', `${hub.fhir}/${root}`, { token: both.token }));
      const body = { ...task, status: 'rejected', statusReason: { text: 'No room' } };
      await done(call('PUT', `${hub.fhir}/${root}`, { token: both.token, body }));
    };
    await decline(food.root);
    expect(await read(rides.patient, both)).toEqual({ ...forRides(client), part: true });
    // It has this version, and is shown another part of it.
    const headers = { 'if-none-match': etagged.headers.get('etag') ?? '' };
    expect((await call('GET', `${hub.fhir}/${rides.patient}`, { token: both.token, headers })).status).toBe(200);
    await decline(rides.root);
    expect((await call('GET', `${hub.fhir}/${rides.patient}`, { token: both.token })).status).toBe(404);
  });

  test('is not changed by who drives, who would erase what it is not shown, nor tried by a patch', async () => {
    const client = aClient();
    const { patient } = await refer(hub, hospital, client, { category: RIDES });
    const { body: part } = await call<Patient>('GET', `${hub.fhir}/${patient}`, { token: driver.token });
    const put = await call('PUT', `${hub.fhir}/${patient}`, { token: driver.token, body: part });
    const text = `${patient} was written by another organization, and only that may change it. Write a resource of your own that refers to it.`;
    expect(put).toMatchObject({ status: 403, body: { issue: [{ details: { text } }] } });
    const patch = async (value: string): Promise<unknown> => {
      const headers = { 'content-type': 'application/json-patch+json' };
      const body = JSON.stringify([
        { op: 'test', path: '/telecom/0/value', value },
        { op: 'replace', path: '/active', value: true },
      ]);
      const answer = await call('PATCH', `${hub.fhir}/${patient}`, { token: driver.token, headers, body });
      return { status: answer.status, said: answer.body };
    };
    expect(await patch(`555-0177-${client.number}`)).toEqual(await patch('555-0000'));
    expect(await read(patient)).toMatchObject({ telecom: client.telecom, part: false });
  });

  test('is shown as much and no more once the record has changed', async () => {
    const client = aClient();
    const { patient } = await refer(hub, hospital, client, { category: RIDES });
    const whole = await done<Patient>(call('GET', `${hub.fhir}/${patient}`, { token: hospital.token }));
    await done(
      call('PUT', `${hub.fhir}/${patient}`, {
        token: hospital.token,
        body: { ...whole, maritalStatus: { text: 'Widowhood, again' } },
      }),
    );
    expect(await read(patient, driver)).toEqual({ ...forRides(client), part: true });
  });

  test('goes in part into exports, to subscribers, and to servers', async () => {
    const hook = await hooks.open();
    await subscribe(hub, driver, hook.url, { content: 'full-resource' });
    const told = await refer(hub, hospital, aClient(), { category: RIDES });
    const sent = await refer(hub, hospital, aClient(), { category: RIDES, owner: `Organization/${pushed.id}` });
    const leg = await taskOf(hub, told);
    const { statusUrl } = await kickOff(`${hub.fhir}/Patient/$export?_type=Patient`, driver.token);
    const { output } = await manifestAt(statusUrl, driver.token);
    const lines = await linesOf<Patient>(output, driver.token);
    expect(lines.map(({ id }) => `Patient/${id}`)).toContain(told.patient);
    expectNone(JSON.stringify(lines));
    await eventually(() => expect(hook.seen.map(({ text }) => text).join()).toContain(leg.id));
    await eventually(() => expect(inbox.received.join()).toContain(sent.root.split('/')[1]));
    expectNone(hook.seen.map(({ text }) => text).join());
    expectNone(inbox.received.join());
  });

  test('is not named by the hub to who is not shown the name; and another policy shows another part from then on', async () => {
    const client = aClient();
    const told = await refer(hub, hospital, client, { category: RIDES });
    const before = await taskOf(hub, told);
    expect(
      found<Patient>(await call<Bundle>('GET', `${hub.fhir}/Patient?gender=other`, { token: driver.token })),
    ).toEqual([]);
    hub = await hub.restart({ POLICIES_DIR: policyOf(['gender']) });
    await eventually(async () => expect(await read(told.patient, driver)).toEqual({ gender: 'other', part: true }));
    expect(
      found<Patient>(
        await call<Bundle>('GET', `${hub.fhir}/Patient?gender=other&_id=${told.patient.split('/')[1]}`, {
          token: driver.token,
        }),
      ),
    ).toHaveLength(1);
    const anew = await done(call('GET', `${hub.fhir}/Task/${before.id}`, { token: driver.token }));
    expect(Number(anew.meta?.versionId)).toBeGreaterThan(Number(before.meta?.versionId));
    const { body } = await call<{ timeline: { kind: string; changes?: unknown }[]; client?: unknown }>(
      'GET',
      `${hub.url}/api/loops/${told.root.split('/')[1]}`,
    );
    const to = 'gender';
    const from = FOR_RIDES.toSorted().join(', ');
    expect(body.timeline.filter(({ kind: of }) => of === 'policy')).toMatchObject([
      { changes: [{ what: 'demographics', from, to }] },
    ]);
    const unnamed = await refer(hub, hospital, aClient(), { category: RIDES });
    const shown = await call<{ client: unknown }>('GET', `${hub.url}/api/loops/${unnamed.root.split('/')[1]}`, {
      token: driver.token,
    });
    expect(shown.body.client).toEqual({ reference: unnamed.patient, name: 'Name not given' });
  });
});
