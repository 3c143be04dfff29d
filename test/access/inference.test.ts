import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Patient, Task } from '@medplum/fhirtypes';
import { type Answer, call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { eventsOf, openHook, subscribe } from '../support/subscriber.ts';
import { type Ask, type Guess, NOTHING, PROBES } from './network/probes.ts';
import { type Sent, sendStory } from './network/referral.ts';
import { said } from './network/said.ts';
import { addOrganizations, tellStories } from './network/stories.ts';
import type { Network } from './network/told.ts';

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
        // What it asks itself is in the audit too.
        'AuditEvent?action=C,U,D&_total=accurate&_count=200',
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
