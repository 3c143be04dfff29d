import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Consent, ConsentProvision, Resource, Task } from '@medplum/fhirtypes';
import { kickOff, linesOf, type Manifest, manifestAt, namesOf } from '../fhir/exports.ts';
import { call, done, fetchAsOperator, found } from '../support/api.ts';
import { consentOf, label, toOrganization } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type Hook, manyHooks, subscribe, type Told } from '../support/subscriber.ts';
import { type Sending, type Sent, sendStory } from './network/referral.ts';
import { join } from './people/people-hub.ts';

const COMMUNICATIONS = 'https://careloop.dev/fhir/SubscriptionTopic/communication';
const REPORT = { system: 'https://careloop.dev/fhir/CodeSystem/label', code: 'child-protection' };

describe.each(databaseKinds())('what a partner may not read any more, or never might (%s):', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let shelter: Partner;
  let server: Server;
  let answer = 201;
  const received: { method: string; task: Task; status: number }[] = [];
  const hooks = manyHooks();

  beforeAll(async () => {
    server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      received.push({
        method: request.method ?? '',
        task: JSON.parse(Buffer.concat(chunks).toString()),
        status: answer,
      });
      response.writeHead(answer, answer < 300 ? { location: 'Task/there/_history/1' } : {}).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`;
    const schedule = Array.from({ length: 200 }, () => 100).join();
    hub = await startHub(kind, { workers: true, settings: { RETRY_SCHEDULE_MS: schedule, PASSWORD_COST: '14' } });
    hospital = await addPartner(hub, 'A Hospital');
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
    shelter = await addPartner(hub, 'A Shelter', { category: 'inadequate-housing', address });
  });
  afterAll(async () => {
    await hub?.close();
    await hooks.close();
    server?.close();
  });

  let number = 0;
  const send = (more: Partial<Sending> = {}): ReturnType<typeof sendStory> => {
    number += 1;
    const asks = more.asks ?? agency;
    return sendStory(hub, hospital, { number, status: 'requested', asks, direct: false, others: false, ...more });
  };
  /** A referral that tells of HIV, and that its client lets one organization know of. */
  const permitted = async (
    to = agency,
    more: Partial<Sending> = {},
  ): Promise<Sent & { consent: string; leg: string }> => {
    const provision: ConsentProvision = {
      type: 'permit',
      actor: toOrganization(to.id),
      securityLabel: [label('HIV')],
    };
    const consents = (patient: string): Consent[] => [consentOf(patient, provision)];
    const sent = await send({ asks: to, labels: { request: [label('HIV')] }, consents, ...more });
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${sent.root}`));
    return { ...sent, consent: sent.consents[0] ?? '', leg: `Task/${leg?.id}` };
  };
  const change = async (consent: string, status: Consent['status']): Promise<void> => {
    const before = await done<Consent>(call('GET', `${hub.fhir}/${consent}`, { token: hospital.token }));
    await done(call('PUT', `${hub.fhir}/${consent}`, { token: hospital.token, body: { ...before, status } }));
  };
  const ofReferral = ({ patient, scan, document, supporting, reason, leg }: Sent & { leg: string }): string[] =>
    [patient, scan, document, supporting, reason, leg].sort();

  describe('exports', () => {
    const textAt = async (url: string, token: string): Promise<string> =>
      (await fetchAsOperator(url, { headers: { authorization: `Bearer ${token}` } })).text();
    const madeBy = async (token?: string): Promise<Manifest> => {
      const { statusUrl } = await kickOff(`${hub.fhir}/$export`, token);
      return manifestAt(statusUrl, token);
    };

    test('a file that was made while it was permitted is taken without it after the withdrawal', async () => {
      const sent = await permitted();
      const manifest = await madeBy(agency.token);
      expect(namesOf(await linesOf(manifest.output, agency.token))).toEqual(expect.arrayContaining(ofReferral(sent)));
      await change(sent.consent, 'inactive');
      const texts = await Promise.all(manifest.output.map(({ url }) => textAt(url, agency.token)));
      const left = texts.flatMap((text) =>
        text
          .split('\n')
          .filter(Boolean)
          .map((line) => JSON.parse(line) as Resource),
      );
      expect(namesOf(left).filter((name) => ofReferral(sent).includes(name))).toEqual([]);
      expect(texts.join('')).not.toContain(sent.patient);
      // What it is told instead is there for the next export.
      const next = await linesOf((await madeBy(agency.token)).output, agency.token);
      expect(namesOf(next).filter((name) => ofReferral(sent).includes(name))).toEqual([]);
      expect(next.map(({ resourceType }) => resourceType)).toContain('Communication');
      // Given again, the old file is whole again.
      await change(sent.consent, 'active');
      expect(namesOf(await linesOf(manifest.output, agency.token))).toEqual(expect.arrayContaining(ofReferral(sent)));
    });

    test('a withdrawal between the request and its making counts', async () => {
      const sent = await permitted();
      const { statusUrl } = await kickOff(`${hub.fhir}/$export`, agency.token);
      await change(sent.consent, 'inactive');
      const { output } = await manifestAt(statusUrl, agency.token);
      const texts = await Promise.all(output.map(({ url }) => textAt(url, agency.token)));
      expect(texts.join('')).not.toContain(sent.patient);
    });

    test('a mandated report is in that of who was sent it, and of nobody else at either organization or the hub', async () => {
      const sent = await send({ direct: true, labels: { request: [REPORT] } });
      const report = [sent.request, sent.root].sort();
      const among = (all: readonly Resource[]): string[] => namesOf(all).filter((name) => report.includes(name));
      const theirs = await madeBy(agency.token);
      expect(among(await linesOf(theirs.output, agency.token))).toEqual(report);
      expect(among(await linesOf((await madeBy(hospital.token)).output, hospital.token))).toEqual(report);
      expect(among(await linesOf((await madeBy()).output))).toEqual([]);

      const worker = await join(hub, 'aw@agency.example', ['agency-worker'], { organizationId: agency.id });
      const asked = await worker.send('GET', '/fhir/R4/$export', undefined, { prefer: 'respond-async' });
      expect(asked.status).toBe(202);
      const at = (asked.headers.get('content-location') ?? '').replace(hub.url, '');
      const own = await eventually(async () => {
        const { status, body } = await worker.send<Manifest>('GET', at);
        if (status !== 200) throw new Error(`not yet: ${status}`);
        return body;
      });
      const lines = async (files: Manifest['output']): Promise<string> => {
        const read = files.map(({ url }) =>
          fetch(url, { headers: { cookie: `careloop=${worker.cookie()}` } }).then((response) => response.text()),
        );
        return (await Promise.all(read)).join('');
      };
      const text = await lines(own.output);
      expect(text).toContain(sent.patient);
      for (const name of report) expect(text).not.toContain(`"id":"${name.split('/')[1]}"`);
      // Nor do they take what their organization's program has asked for.
      expect(await lines(theirs.output)).not.toContain('"resourceType":"Task"');
    });
  });

  describe('subscriptions', () => {
    const said = (hook: Hook, from = 0): string =>
      hook.seen
        .slice(from)
        .map(({ text }: Told) => text)
        .join('\n');

    test.each(['id-only', 'full-resource'])(
      'news that wait are sent without what was withdrawn meanwhile (%s)',
      async (content) => {
        const hook = await hooks.open();
        await subscribe(hub, agency, hook.url, { filters: [`Task?owner=Organization/${agency.id}`], content });
        hook.answers.push(...Array.from({ length: 500 }, () => 503));
        const sent = await permitted();
        await eventually(() => expect(hook.seen.length).toBeGreaterThan(1));
        await change(sent.consent, 'inactive');
        const withdrawnAt = hook.seen.length;
        hook.answers.length = 0;
        const other = await send();
        const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${other.root}`));
        await eventually(() => expect(said(hook, withdrawnAt)).toContain(leg?.id));
        const taken = hook.seen.slice(withdrawnAt).filter(({ status }) => status === 200);
        for (const { text } of taken) expect(text).not.toContain(sent.leg.split('/')[1]);
        for (const { text } of taken) expect(text).not.toContain(sent.patient);
      },
    );

    test('$events and $status say nothing of it any more; and $events says it again when it is permitted again', async () => {
      const hook = await hooks.open();
      const { id } = await subscribe(hub, agency, hook.url, {
        filters: [`Task?owner=Organization/${agency.id}`],
        content: 'full-resource',
      });
      const sent = await permitted();
      const leg = sent.leg.split('/')[1];
      await eventually(() => expect(said(hook)).toContain(leg));
      const asked = async (name: string): Promise<string> =>
        JSON.stringify((await call('GET', `${hub.fhir}/Subscription/${id}/${name}`, { token: agency.token })).body);
      expect(await asked('$events')).toContain(leg);
      await change(sent.consent, 'inactive');
      for (const name of ['$events', '$events?content=full-resource', '$status'])
        expect(await asked(name)).not.toContain(leg);
      await change(sent.consent, 'active');
      expect(await asked('$events')).toContain(leg);
    });

    test('an offer that waited for a consent is news when that is given, though nothing in the Task has changed', async () => {
      const hook = await hooks.open();
      await subscribe(hub, agency, hook.url, {
        filters: [`Task?owner=Organization/${agency.id}`, 'Task?status=requested'],
      });
      const sent = await send({ labels: { request: [label('HIV')] } });
      const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${sent.root}`));
      const since = leg?.meta?.lastUpdated;
      const provision: ConsentProvision = {
        type: 'permit',
        actor: toOrganization(agency.id),
        securityLabel: [label('HIV')],
      };
      await done(
        call('POST', `${hub.fhir}/Consent`, { token: hospital.token, body: consentOf(sent.patient, provision) }),
      );
      await eventually(() => expect(said(hook)).toContain(leg?.id));
      const polled = await call('GET', `${hub.fhir}/Task?_lastUpdated=gt${since}&owner=Organization/${agency.id}`, {
        token: agency.token,
      });
      expect(found<Task>(polled).map(({ id }) => id)).toContain(leg?.id);
    });

    test('who could read it is told by a notice, to which it can be subscribed', async () => {
      const hook = await hooks.open();
      await subscribe(hub, agency, hook.url, { topic: COMMUNICATIONS, content: 'full-resource' });
      const sent = await permitted();
      await change(sent.consent, 'inactive');
      await eventually(() => expect(said(hook)).toContain(sent.leg));
      expect(said(hook)).toContain("The client's consent does not permit this any more");
      expect(said(hook)).not.toContain(sent.patient);
    });

    test('of a mandated report who was sent it is told, and no program of the hub', async () => {
      const [theirs, hubs] = [await hooks.open(), await hooks.open()];
      await subscribe(hub, agency, theirs.url);
      const operator = { id: 'careloop', name: 'The hub', token: '' };
      const own = await subscribe(hub, operator as Partner, hubs.url);
      const sent = await send({ direct: true, labels: { request: [REPORT] } });
      const other = await send();
      await eventually(() => expect(said(theirs)).toContain(sent.root));
      await eventually(() => expect(said(hubs)).toContain(other.root));
      expect(said(hubs)).not.toContain(sent.root.split('/')[1]);
      const events = await call('GET', `${hub.fhir}/Subscription/${own.id}/$events`);
      expect(JSON.stringify(events.body)).not.toContain(sent.root.split('/')[1]);
    });

    test('what turns out to be a mandated report is in no $events of the hub’s program any more', async () => {
      const hook = await hooks.open();
      const own = await subscribe(hub, { id: 'careloop', name: 'The hub', token: '' }, hook.url);
      const sent = await send({ direct: true });
      const events = async (): Promise<string> =>
        JSON.stringify((await call('GET', `${hub.fhir}/Subscription/${own.id}/$events`)).body);
      expect(await events()).toContain(sent.root.split('/')[1]);
      const request = await done(call('GET', `${hub.fhir}/${sent.request}`, { token: hospital.token }));
      const body = { ...request, meta: { ...request.meta, security: [REPORT] } };
      await done(call('PUT', `${hub.fhir}/${sent.request}`, { token: hospital.token, body }));
      expect(await events()).not.toContain(sent.root.split('/')[1]);
    });
  });

  test('an offer that is queued, because its server is away, leaves nothing after the withdrawal', async () => {
    answer = 503;
    const sent = await permitted(shelter);
    await eventually(() => expect(received.length).toBeGreaterThan(0));
    await change(sent.consent, 'inactive');
    const loop = async (): Promise<{ timeline: { kind: string; lastCode?: string }[] }> =>
      (
        await call<{ timeline: { kind: string; lastCode?: string }[] }>(
          'GET',
          `${hub.url}/api/loops/${sent.root.split('/')[1]}`,
        )
      ).body;
    await eventually(async () =>
      expect((await loop()).timeline).toContainEqual(
        expect.objectContaining({ kind: 'delivery', status: 'pending', lastCode: 'obtain-consent' }),
      ),
    );
    const before = received.length;
    answer = 201;
    // Something else goes to the same server meanwhile.
    const other = await send({ asks: shelter });
    const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${other.root}`));
    const named = (task: Task): string => JSON.stringify(task.identifier);
    await eventually(() =>
      expect(received.slice(before).map(({ task }) => named(task))).toContainEqual(
        expect.stringContaining(leg?.id ?? ''),
      ),
    );
    for (const { task } of received.slice(before)) {
      expect(JSON.stringify(task)).not.toContain(sent.patient);
      expect(named(task)).not.toContain(sent.leg.split('/')[1]);
    }
    await change(sent.consent, 'active');
    await eventually(() =>
      expect(received.slice(before).map(({ task }) => JSON.stringify(task))).toContainEqual(
        expect.stringContaining(sent.patient),
      ),
    );
    expect((await call<Bundle>('GET', `${hub.fhir}/${sent.leg}`, { token: shelter.token })).status).toBe(200);
  });
});
