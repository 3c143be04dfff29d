import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient, Task } from '@medplum/fhirtypes';
import { type Answer, type CallOptions, call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { eventsOf, openHook, subscribe } from '../support/subscriber.ts';
import { type Sent, sendStory } from './network/referral.ts';
import { addOrganizations, type Network, tellStories } from './network/stories.ts';

/** What a spy knows, or guesses, of something hidden. */
interface Guess {
  readonly patient: string;
  readonly request: string;
  readonly note: string;
  readonly mrn: string;
  readonly family: string;
  readonly birthDate: string;
  /** The identifier of what is private. */
  readonly secret: string;
}

const NOTHING: Guess = {
  patient: 'aaaaaaaa-0000-4000-8000-00000000000a',
  request: 'aaaaaaaa-0000-4000-8000-00000000000b',
  note: 'aaaaaaaa-0000-4000-8000-00000000000c',
  mrn: 'mrn-77777',
  family: 'Story77777',
  birthDate: '1957-05-05',
  secret: 's-77777',
};

type Ask = (guess: Guess) => readonly [method: string, path: string, options?: CallOptions];
const PATCH = { 'content-type': 'application/json-patch+json' };
const LANGUAGE = [{ op: 'add', path: '/language', value: 'en' }];
const observation = (subject: object): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject,
});
const bundle = (type: string, ...entry: object[]): object => ({ resourceType: 'Bundle', type, entry });
const cursor = (guess: Guess): string =>
  Buffer.from(`next Patient ${guess.patient} 1 1772442000000 1903000000000`).toString('base64url');

/** Ways to ask for what one may not see. Each is asked with what is there and hidden, and with what is not there. */
const PROBES: Readonly<Record<string, Ask>> = {
  'a read': ({ patient }) => ['GET', `Patient/${patient}`],
  'a read of what has not changed': ({ patient }) => [
    'GET',
    `Patient/${patient}`,
    { headers: { 'if-none-match': 'W/"1"' } },
  ],
  'a version': ({ patient }) => ['GET', `Patient/${patient}/_history/1`],
  'a history': ({ patient }) => ['GET', `Patient/${patient}/_history`],
  'a count by an identifier': ({ mrn }) => ['GET', `Patient?identifier=https://mrn.example|${mrn}&_summary=count`],
  'a count by an id, and not by another': ({ patient }) => ['GET', `Patient?_id=${patient}&_id:not=x&_total=accurate`],
  'a name': ({ family }) => ['GET', `Patient?family=${family}&_total=accurate`],
  'a part of a name': ({ family }) => ['GET', `Patient?name:contains=${family.slice(1)}&_total=accurate`],
  'a day, sorted': ({ birthDate }) => ['GET', `Patient?birthdate=${birthDate}&_sort=-birthdate&_count=1`],
  'a system search': ({ patient }) => ['GET', `?_id=${patient}`],
  'a chain': ({ family }) => ['GET', `Task?patient.family=${family}`],
  'a chain of chains': ({ mrn }) => ['GET', `Provenance?target:Task.patient:Patient.identifier=${mrn}`],
  'a chain that is not so': ({ mrn }) => ['GET', `Observation?subject:Patient.identifier:not=${mrn}&_summary=count`],
  _has: ({ secret }) => ['GET', `Patient?_has:Observation:patient:identifier=${secret}`],
  '_has of a directory': ({ secret }) => [
    'GET',
    `Organization?_has:Coverage:payor:identifier=${secret}&_summary=count`,
  ],
  _list: ({ patient }) => ['GET', `Patient?_list=${patient}`],
  'what refers to it': ({ patient }) => ['GET', `Observation?subject=Patient/${patient}&_summary=count`],
  'what it is brought along by': ({ patient }) => ['GET', `Observation?subject=Patient/${patient}&_include=*`],
  'its compartment': ({ patient }) => ['GET', `Patient/${patient}/Observation`],
  'its record': ({ patient }) => ['GET', `Patient/${patient}/$everything`],
  'a page behind it': (guess) => ['GET', `Patient?_sort=birthdate&_cursor=${cursor(guess)}`],
  'a page behind it, by time': (guess) => ['GET', `Patient?_cursor=${cursor(guess)}`],
  'its audit': ({ patient }) => ['GET', `AuditEvent?entity=Patient/${patient}&_summary=count`],
  'the audit of a person': ({ patient }) => ['GET', `AuditEvent?patient=Patient/${patient}`],
  'the audit of a record': ({ patient }) => ['GET', `Patient/${patient}/AuditEvent`],
  'an update': ({ patient }) => ['PUT', `Patient/${patient}`, { body: { resourceType: 'Patient', id: patient } }],
  'an update of a version': ({ patient }) => [
    'PUT',
    `Patient/${patient}`,
    { body: { resourceType: 'Patient', id: patient }, headers: { 'if-match': 'W/"9"' } },
  ],
  'an update unless it is there': ({ patient }) => [
    'PUT',
    `Patient/${patient}`,
    { body: { resourceType: 'Patient', id: patient }, headers: { 'if-none-match': '*' } },
  ],
  'a patch': ({ patient }) => ['PATCH', `Patient/${patient}`, { headers: PATCH, body: LANGUAGE }],
  'a deletion': ({ patient }) => ['DELETE', `Patient/${patient}`],
  'a deletion of a version': ({ patient }) => ['DELETE', `Patient/${patient}`, { headers: { 'if-match': 'W/"1"' } }],
  'a conditional deletion': ({ secret }) => ['DELETE', `Observation?identifier=${secret}`],
  'a conditional patch': ({ secret }) => [
    'PATCH',
    `Observation?identifier=${secret}`,
    { headers: PATCH, body: LANGUAGE },
  ],
  'a conditional update under its id': ({ patient, mrn }) => [
    'PUT',
    `Patient?identifier=${mrn}`,
    { body: { resourceType: 'Patient', id: patient } },
  ],
  'a condition that a chain meets': ({ mrn }) => [
    'PATCH',
    `Observation?subject:Patient.identifier=${mrn}`,
    { headers: PATCH, body: LANGUAGE },
  ],
  'a reference': ({ patient }) => ['POST', 'Observation', { body: observation({ reference: `Patient/${patient}` }) }],
  'a reference to a version': ({ patient }) => [
    'POST',
    'Observation',
    { body: observation({ reference: `Patient/${patient}/_history/1` }) },
  ],
  'a referral of it': ({ patient, request }) => [
    'POST',
    'Task',
    {
      body: {
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
        focus: { reference: `ServiceRequest/${request}` },
        for: { reference: `Patient/${patient}` },
        requester: { reference: 'Organization/SPY' },
      },
    },
  ],
  'an outcome of it': ({ request }) => [
    'POST',
    'Procedure',
    {
      body: {
        resourceType: 'Procedure',
        status: 'completed',
        subject: { display: 'somebody' },
        basedOn: [{ reference: `ServiceRequest/${request}` }],
      },
    },
  ],
  'a conditional reference': ({ mrn }) => [
    'POST',
    '',
    {
      body: bundle('transaction', {
        request: { method: 'POST', url: 'Observation' },
        resource: observation({ reference: `Patient?identifier=${mrn}` }),
      }),
    },
  ],
  'a transaction': ({ note }) => [
    'POST',
    '',
    {
      body: bundle('transaction', {
        request: { method: 'PUT', url: `Observation/${note}` },
        resource: { ...observation({ display: 'x' }), id: note },
      }),
    },
  ],
  'a batch': ({ note, secret }) => [
    'POST',
    '',
    {
      body: bundle(
        'batch',
        { request: { method: 'GET', url: `Observation/${note}` } },
        { request: { method: 'GET', url: `Observation?identifier=${secret}` } },
        { request: { method: 'DELETE', url: `Observation/${note}` } },
      ),
    },
  ],
  'a match of persons': ({ family, birthDate }) => [
    'POST',
    'Patient/$match',
    {
      body: {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: { resourceType: 'Patient', name: [{ family, given: ['Robin'] }], birthDate } },
        ],
      },
    },
  ],
  'an export of a record': ({ patient }) => [
    'POST',
    'Patient/$export',
    {
      headers: { prefer: 'respond-async' },
      body: {
        resourceType: 'Parameters',
        parameter: [{ name: 'patient', valueReference: { reference: `Patient/${patient}` } }],
      },
    },
  ],
  'an export of a group': ({ patient }) => [
    'GET',
    `Group/${patient}/$export`,
    { headers: { prefer: 'respond-async' } },
  ],
  // These write something of the spy's own, and so come last.
  'a conditional creation': ({ secret }) => [
    'POST',
    'Observation',
    { body: observation({ display: 'x' }), headers: { 'if-none-exist': `identifier=${secret}` } },
  ],
  'a conditional update': ({ mrn }) => ['PUT', `Patient?identifier=${mrn}`, { body: { resourceType: 'Patient' } }],
};

describe.each(databaseKinds())('of what is hidden nothing can be inferred (%s):', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let spy: Partner;
  let sent: Sent;
  let there: Guess;
  beforeAll(async () => {
    hub = await startHub(kind);
    hospital = await addPartner(hub, 'Hospital');
    agency = await addPartner(hub, 'Agency');
    spy = await addPartner(hub, 'Spy');
    sent = await sendStory(hub, hospital, {
      number: 7,
      status: 'requested',
      asks: agency,
      direct: false,
      others: false,
    });
    const idOf = (name: string): string => name.split('/')[1] ?? '';
    there = {
      patient: idOf(sent.patient),
      request: idOf(sent.request),
      note: idOf(sent.privateNote),
      mrn: 'mrn-7',
      family: 'Story7',
      birthDate: '1957-05-05',
      secret: 's-7',
    };
  });
  afterAll(() => hub?.close());

  const ask = async (probe: Ask, guess: Guess, by: Partner): Promise<Answer<unknown>> => {
    const [method, path, options] = probe(guess);
    const body = JSON.parse(JSON.stringify(options?.body ?? null).replaceAll('SPY', by.id)) as unknown;
    const url = path === '' || path.startsWith('?') ? `${hub.fhir}${path}` : `${hub.fhir}/${path}`;
    return call(method, url, { ...options, token: by.token, ...(body === null ? {} : { body }) });
  };

  test.each(Object.entries(PROBES))('%s', async (_, probe) => {
    const [hidden, missing] = [await ask(probe, there, spy), await ask(probe, NOTHING, spy)];
    expect(said(hidden, there)).toEqual(said(missing, NOTHING));
  });

  test('and most of these questions say something to who may see it', async () => {
    const telling: string[] = [];
    for (const [name, probe] of Object.entries(PROBES).filter(([, each]) => each(there)[0] === 'GET')) {
      const [seen, missing] = [await ask(probe, there, hospital), await ask(probe, NOTHING, hospital)];
      if (JSON.stringify(said(seen, there)) !== JSON.stringify(said(missing, NOTHING))) telling.push(name);
    }
    expect(telling.length).toBeGreaterThan(15);
  });

  test('a draft in another organization’s name does not stand in its way, nor is it told of it', async () => {
    const identifier = [{ system: 'https://hospital.example/stories', value: 'story-8' }];
    const code = { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] };
    const requester = { reference: `Organization/${hospital.id}` };
    const draft = { resourceType: 'Task', status: 'draft', intent: 'order', code, identifier, requester };
    await done(call('POST', `${hub.fhir}/Task`, { token: spy.token, body: draft }));
    const next = await sendStory(hub, hospital, {
      number: 8,
      status: 'requested',
      asks: agency,
      direct: false,
      others: false,
    });
    expect(next.root).toMatch(/^Task\//);
  });

  test('a refused deletion does not say how many others refer to what is to be deleted', async () => {
    const { status, body } = await call('DELETE', `${hub.fhir}/${sent.patient}`, { token: hospital.token });
    expect(status).toBe(409);
    expect(JSON.stringify(body)).toContain('because others refer to it');
    expect(JSON.stringify(body)).not.toMatch(/\d+ resources/);
  });

  test('who made the hub change something is not told to who wrote it', async () => {
    const [leg] = await eventually(async () => {
      const { body } = await call<Bundle>('GET', `${hub.fhir}/Task?owner=Organization/${agency.id}`, {
        token: agency.token,
      });
      return (body.entry ?? []).map(({ resource }) => resource as Task & { id: string });
    });
    const change = { ...leg, status: 'rejected', statusReason: { text: 'No room' } };
    await done(call('PUT', `${hub.fhir}/Task/${leg?.id}`, { token: agency.token, body: change }));
    for (const path of [`AuditEvent?entity=${sent.root}`, `AuditEvent?_count=200`, `${sent.root}/_history`]) {
      const { body } = await call('GET', `${hub.fhir}/${path}`, { token: hospital.token });
      expect([path, JSON.stringify(body).includes(agency.id)]).toEqual([path, false]);
    }
  });

  test('the news of all loops is for people at the hub', async () => {
    expect((await call('GET', `${hub.url}/api/events`, { token: spy.token })).status).toBe(403);
  });
});

describe('whatever others do among themselves,', () => {
  let hub: TestHub;
  let network: Network;
  let spy: Partner;
  beforeAll(async () => {
    hub = await startHub(databaseKinds().at(-1) ?? 'embedded', { workers: true });
    network = await addOrganizations(hub);
    spy = await addPartner(hub, 'Spy');
  }, 60_000);
  afterAll(() => hub?.close());

  test('an organization’s lists, counts, histories, loops and notifications stay as they are', async () => {
    await done<Patient>(call('POST', `${hub.fhir}/Patient`, { token: spy.token, body: { resourceType: 'Patient' } }));
    const hook = await openHook();
    const { id } = await subscribe(hub, spy, hook.url, { filters: [] });
    await eventually(() => expect(hook.seen.length).toBe(1));
    const view = async (): Promise<unknown[]> => {
      const paths = [
        ...['Patient', 'Task', 'ServiceRequest', 'Observation', 'Procedure', 'Communication'].flatMap((type) => [
          `${type}?_total=accurate&_sort=-_lastUpdated`,
          `${type}?_summary=count`,
          `${type}/_history`,
        ]),
        '_history',
        'AuditEvent?_total=accurate&_count=200',
        `Subscription/${id}/$events`,
      ];
      const answers = paths.map(async (path) => {
        const { status, body } = await call<Bundle>('GET', `${hub.fhir}/${path}`, { token: spy.token });
        return [
          path,
          status,
          body.total,
          (body.entry ?? []).map(({ resource }) => [resource?.resourceType, resource?.id, resource?.meta?.versionId]),
        ];
      });
      const loops = await call('GET', `${hub.url}/api/loops?state=all`, { token: spy.token });
      return [...(await Promise.all(answers)).map(withoutNames), loops.body];
    };
    const before = await view();
    await tellStories(hub, network, 22);
    expect(await view()).toEqual(before);
    expect(hook.seen.flatMap(({ bundle }) => eventsOf(bundle))).toEqual([]);
    await hook.close();
  }, 120_000);
});

/** The answer about a subscription bears a new id each time. */
function withoutNames(answer: unknown): unknown {
  const [path, status, total, entries] = answer as [string, number, number | undefined, unknown[][]];
  return [path, status, total, path.includes('$events') ? entries.length : entries];
}

/** What an answer says, without what was asked for and without names and times that are new each time. */
function said({ status, headers, body }: Answer<unknown>, guess: Guess): unknown {
  const kept = ['etag', 'last-modified', 'location', 'content-location', 'content-type'].map((name) =>
    headers.get(name),
  );
  const known = [cursor(guess), ...Object.values(guess), guess.family.slice(1)];
  const text = known.reduce(
    (all: string, value: string) => all.replaceAll(value, 'GUESSED'),
    JSON.stringify([status, kept, body]),
  );
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/_cursor=[\w%-]+/g, 'CURSOR')
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'TIME')
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT/g, 'TIME');
}
