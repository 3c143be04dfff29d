import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import type { LoopDetail } from '../../src/loops/api.ts';
import { checkLoops } from '../../src/loops/projection/check.ts';
import { call, done } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { closeHealthy } from '../support/healthy.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';

/** What a partner's server was sent. */
interface Received {
  readonly method: string;
  readonly url: string;
  readonly condition: string | undefined;
  readonly task: Task;
}

/** A partner's FHIR server that takes everything and keeps a ledger; `answers` are statuses for the next calls. */
async function partnerServer(): Promise<{ address: string; received: Received[]; answers: number[]; server: Server }> {
  const received: Received[] = [];
  const answers: number[] = [];
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    const status = answers.shift() ?? (request.method === 'POST' ? 201 : 200);
    if (status < 300 && request.method !== 'GET') {
      received.push({
        method: request.method ?? '',
        url: request.url ?? '',
        condition: request.headers['if-none-exist'] as string | undefined,
        task: JSON.parse(body),
      });
    }
    response.writeHead(status, { 'content-type': 'application/fhir+json', location: 'Task/there/_history/1' });
    response.end(
      JSON.stringify(
        request.method === 'GET'
          ? { resourceType: 'Bundle', type: 'searchset', entry: [] }
          : { resourceType: 'OperationOutcome', issue: [] },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { address: `http://127.0.0.1:${(server.address() as AddressInfo).port}/fhir`, received, answers, server };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

describe.each(backends())('a referral to an agency that has a FHIR server, on $name', ({ store, queueSettings }) => {
  let hub: TestHub;
  let hospital: Partner;
  let pantry: Partner;
  let kitchen: Partner;
  const servers: Server[] = [];
  const open = async (): ReturnType<typeof partnerServer> => {
    const started = await partnerServer();
    servers.push(started.server);
    return started;
  };
  let atHospital: Received[];
  let atPantry: Awaited<ReturnType<typeof partnerServer>>;
  let atKitchen: Received[];

  beforeAll(async () => {
    hub = await startHub(store, {
      workers: true,
      settings: { ...(await queueSettings()), RETRY_SCHEDULE_MS: '50,50,50,50' },
    });
    const [hospitalServer, pantryServer, kitchenServer] = [await open(), await open(), await open()];
    atHospital = hospitalServer.received;
    atPantry = pantryServer;
    atKitchen = kitchenServer.received;
    hospital = await addPartner(hub, 'St. Anna Hospital', { address: hospitalServer.address });
    pantry = await addPartner(hub, 'A Pantry', { address: pantryServer.address, category: 'food-insecurity' });
    kitchen = await addPartner(hub, 'B Kitchen', { address: kitchenServer.address, category: 'food-insecurity' });
  });
  afterAll(async () => {
    await closeHealthy(hub);
    for (const server of servers) server.close();
  });

  const loop = async (id: string): Promise<LoopDetail> =>
    (await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`)).body;
  const report = async (agency: Partner, task: Task, change: Partial<Task>): Promise<void> => {
    const id = task.meta?.source?.split('/').at(-1);
    const current = await done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: agency.token }));
    await done(call('PUT', `${hub.fhir}/Task/${id}`, { token: agency.token, body: { ...current, ...change } }));
  };

  test('is pushed once, declined, offered to the next agency, worked, and told to the hospital until it closes', async () => {
    const id = await sendReferral(hub, hospital, { identifier: 'declined-first' });
    const offer = await eventually(() => {
      expect(atPantry.received).toHaveLength(1);
      return atPantry.received[0] as Received;
    });
    expect(offer.task).toMatchObject({
      status: 'requested',
      owner: { reference: `${hub.fhir}/Organization/${pantry.id}` },
      partOf: [{ reference: `${hub.fhir}/Task/${id}` }],
    });
    expect(offer.condition).toContain('identifier=');

    await report(pantry, offer.task, { status: 'rejected', statusReason: { text: 'No capacity this week' } });
    const second = await eventually(() => {
      expect(atKitchen).toHaveLength(1);
      return atKitchen[0] as Received;
    });
    expect(await loop(id)).toMatchObject({
      status: 'requested',
      progress: 're-routing',
      receiver: { name: 'B Kitchen' },
    });

    await report(kitchen, second.task, { status: 'accepted' });
    await report(kitchen, second.task, { status: 'in-progress' });
    await report(kitchen, second.task, {
      status: 'completed',
      output: [{ type: { text: 'done' }, valueString: 'Ten hot meals' }],
    });
    await eventually(async () =>
      expect(await loop(id)).toMatchObject({ state: 'closed', outcome: { code: 'services-provided' } }),
    );

    const told = atHospital
      .filter(({ url }) => url.includes('declined-first'))
      .map(({ task }) => [task.status, task.businessStatus?.coding?.[0]?.code]);
    expect(told).toEqual([
      ['requested', 're-routing'],
      ['accepted', undefined],
      ['in-progress', undefined],
      ['completed', undefined],
    ]);
    expect(await checkLoops(hub.deps.db, hub.deps)).toMatchObject({ differed: [] });
  });

  test('is tried again after a failure that surely was not accepted, and asked about first after one that may have been', async () => {
    const before = atPantry.received.length;
    atPantry.answers.push(503, 500);
    const id = await sendReferral(hub, hospital, { identifier: 'bad-line' });
    await eventually(async () => expect((await loop(id)).nextStep?.step).toBe('decide'));
    expect(atPantry.received).toHaveLength(before + 1);
    const delivery = (await loop(id)).timeline.find((entry) => entry.kind === 'delivery');
    expect(delivery).toMatchObject({ message: 'offer', status: 'delivered', attempts: 3 });
    const attempts = await hub.deps.db.query(
      'SELECT a.outcome, a.code FROM attempt a JOIN delivery d ON d.id = a.delivery_id WHERE d.loop_id = $1 ORDER BY number',
      [id],
    );
    expect(attempts).toEqual([
      { outcome: 'retry', code: 'http-503' },
      { outcome: 'unknown', code: 'http-500' },
      { outcome: 'delivered', code: 'http-201' },
    ]);
  });

  test('that its server refuses waits for a person, who can send it again', async () => {
    atPantry.answers.push(422);
    const id = await sendReferral(hub, hospital, { identifier: 'refused-there' });
    await eventually(async () =>
      expect((await loop(id)).nextStep).toMatchObject({ step: 'deliver', waitingOn: { kind: 'case-manager' } }),
    );
    const delivery = (await loop(id)).timeline.find(
      (entry) => entry.kind === 'delivery' && entry.status === 'rejected',
    );
    await call('POST', `${hub.url}/api/deliveries/${delivery?.id.slice(1)}/replay`);
    await eventually(async () => expect((await loop(id)).nextStep?.step).toBe('decide'));
  });

  test('that the hospital cancels before it is accepted is cancelled at the agency, and closes', async () => {
    const id = await sendReferral(hub, hospital, { identifier: 'changed-mind' });
    await eventually(async () => expect((await loop(id)).nextStep?.step).toBe('decide'));
    const root = await done<Task>(call('GET', `${hub.fhir}/Task/${id}`, { token: hospital.token }));
    await done(
      call('PUT', `${hub.fhir}/Task/${id}`, {
        token: hospital.token,
        body: { ...root, status: 'cancelled', statusReason: { text: 'Readmitted' } },
      }),
    );
    await eventually(async () =>
      expect(await loop(id)).toMatchObject({ state: 'closed', outcome: { code: 'withdrawn-by-sender' } }),
    );
    await eventually(() =>
      expect(atPantry.received.at(-1)).toMatchObject({
        method: 'PUT',
        task: { status: 'cancelled', statusReason: { text: 'Readmitted' } },
      }),
    );
  });
});
