import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Task } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { consentOf, label } from '../support/consents.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner } from '../support/network.ts';
import { type Hook, manyHooks, subscribe, type Told } from '../support/subscriber.ts';
import { mayKnow, type Sender, senderAs } from './network/permitted.ts';

const COMMUNICATIONS = 'https://careloop.dev/fhir/SubscriptionTopic/communication';
const REPORT = { system: 'https://careloop.dev/fhir/CodeSystem/label', code: 'child-protection' };

describe.each(databaseKinds())('what a partner may not read any more, or never might (%s):', (kind) => {
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let shelter: Partner;
  let from: Sender;
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
    hub = await startHub(kind, { workers: true, settings: { RETRY_SCHEDULE_MS: schedule } });
    hospital = await addPartner(hub, 'A Hospital');
    from = senderAs(hub, hospital);
    agency = await addPartner(hub, 'An Agency', { category: 'food-insecurity' });
    shelter = await addPartner(hub, 'A Shelter', { category: 'inadequate-housing', address });
  });
  afterAll(async () => {
    await hub?.close();
    await hooks.close();
    server?.close();
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
        const sent = await from.permitted(agency);
        await eventually(() => expect(hook.seen.length).toBeGreaterThan(1));
        await from.changeConsent(sent.consent, 'inactive');
        const withdrawnAt = hook.seen.length;
        hook.answers.length = 0;
        const other = await from.send(agency);
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
      const sent = await from.permitted(agency);
      const leg = sent.leg.split('/')[1];
      await eventually(() => expect(said(hook)).toContain(leg));
      const asked = async (name: string): Promise<string> =>
        JSON.stringify((await call('GET', `${hub.fhir}/Subscription/${id}/${name}`, { token: agency.token })).body);
      expect(await asked('$events')).toContain(leg);
      await from.changeConsent(sent.consent, 'inactive');
      for (const name of ['$events', '$events?content=full-resource', '$status'])
        expect(await asked(name)).not.toContain(leg);
      await from.changeConsent(sent.consent, 'active');
      expect(await asked('$events')).toContain(leg);
    });

    test('an offer that waited for a consent is news when that is given, though nothing in the Task has changed', async () => {
      const hook = await hooks.open();
      await subscribe(hub, agency, hook.url, {
        filters: [`Task?owner=Organization/${agency.id}`, 'Task?status=requested'],
      });
      const sent = await from.send(agency, { labels: { request: [label('HIV')] } });
      const [leg] = found<Task>(await call('GET', `${hub.fhir}/Task?part-of=${sent.root}`));
      const since = leg?.meta?.lastUpdated;
      await done(
        call('POST', `${hub.fhir}/Consent`, { token: hospital.token, body: consentOf(sent.patient, mayKnow(agency)) }),
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
      const sent = await from.permitted(agency);
      await from.changeConsent(sent.consent, 'inactive');
      await eventually(() => expect(said(hook)).toContain(sent.leg));
      expect(said(hook)).toContain("The client's consent does not permit this any more");
      expect(said(hook)).not.toContain(sent.patient);
    });

    test('of a mandated report who was sent it is told, and no program of the hub', async () => {
      const [theirs, hubs] = [await hooks.open(), await hooks.open()];
      await subscribe(hub, agency, theirs.url);
      const operator = { id: 'careloop', name: 'The hub', token: '' };
      const own = await subscribe(hub, operator as Partner, hubs.url);
      const sent = await from.send(agency, { direct: true, labels: { request: [REPORT] } });
      const other = await from.send(agency);
      await eventually(() => expect(said(theirs)).toContain(sent.root));
      await eventually(() => expect(said(hubs)).toContain(other.root));
      expect(said(hubs)).not.toContain(sent.root.split('/')[1]);
      const events = await call('GET', `${hub.fhir}/Subscription/${own.id}/$events`);
      expect(JSON.stringify(events.body)).not.toContain(sent.root.split('/')[1]);
    });

    test('what turns out to be a mandated report is in no $events of the hub’s program any more', async () => {
      const hook = await hooks.open();
      const own = await subscribe(hub, { id: 'careloop', name: 'The hub', token: '' }, hook.url);
      const sent = await from.send(agency, { direct: true });
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
    const sent = await from.permitted(shelter);
    await eventually(() => expect(received.length).toBeGreaterThan(0));
    await from.changeConsent(sent.consent, 'inactive');
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
    const other = await from.send(shelter);
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
    await from.changeConsent(sent.consent, 'active');
    await eventually(() =>
      expect(received.slice(before).map(({ task }) => JSON.stringify(task))).toContainEqual(
        expect.stringContaining(sent.patient),
      ),
    );
    expect((await call<Bundle>('GET', `${hub.fhir}/${sent.leg}`, { token: shelter.token })).status).toBe(200);
  });
});
