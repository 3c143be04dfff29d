import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, createServer as createNetServer, type Server as NetServer } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { Redis } from 'ioredis';
import { startWorkers } from '../../workers/start.ts';
import { call } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { backends, startHub, type TestHub } from '../support/hub.ts';
import { addPartner, sendReferral } from '../support/network.ts';

/** A partner's server that answers with the given statuses first, then takes each Task once (If-None-Exist). */
async function partner(...statuses: number[]): Promise<{ server: Server; address: string; taken: () => number }> {
  const taken = new Set<string>();
  const server = createServer((request, response) => {
    request.resume().on('end', () => {
      const status = statuses.shift() ?? (request.method === 'POST' ? 201 : 200);
      if (status === 201) taken.add(String(request.headers['if-none-exist']));
      response.writeHead(status, { 'content-type': 'application/fhir+json' });
      response.end('{"resourceType":"Bundle","type":"searchset"}');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { server, address, taken: () => taken.size };
}

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const step = async (hub: TestHub, id: string): Promise<string | undefined> =>
  (await call<{ nextStep: { step: string } | null }>('GET', `${hub.url}/api/loops/${id}`)).body.nextStep?.step;

describe.each(backends())('the queue, on $name', ({ store, queueSettings }) => {
  test('does not swallow a message that is due again while its last job is just ending', async () => {
    const hub = await startHub(store, {
      workers: true,
      settings: { ...(await queueSettings()), RETRY_SCHEDULE_MS: '1,1,1,1,1,1,1,1' },
    });
    undo.push(() => hub.close());
    const pantry = await partner(503, 503, 503, 503, 503, 503, 503);
    undo.push(async () => pantry.server.close());
    const hospital = await addPartner(hub, 'St. Anna Hospital');
    await addPartner(hub, 'A Pantry', { address: pantry.address, category: 'food-insecurity' });
    const id = await sendReferral(hub, hospital);
    await eventually(async () => expect(await step(hub, id)).toBe('decide'));
    expect(pantry.taken()).toBe(1);
  });
});

const redisBackend = backends().find(({ name }) => name.includes('BullMQ'));

describe('Redis', () => {
  (redisBackend ? test : test.skip)('may be wiped: what it held is handed out again, and arrives once', async () => {
    const queue = await redisBackend?.queueSettings();
    const settings = { ...queue, DELIVERY_TIMEOUT_MS: '500' };
    const hub = await startHub('server', { settings });
    undo.push(() => hub.close());
    const pantry = await partner();
    undo.push(async () => pantry.server.close());
    const hospital = await addPartner(hub, 'St. Anna Hospital');
    await addPartner(hub, 'A Pantry', { address: pantry.address, category: 'food-insecurity' });
    const relay = await startWorkers(hub.deps, 'relay');
    undo.push(() => relay.stop());
    const ids = [
      await sendReferral(hub, hospital),
      await sendReferral(hub, hospital),
      await sendReferral(hub, hospital),
    ];
    await eventually(async () =>
      expect(await hub.deps.db.query('SELECT 1 FROM outbox WHERE relayed_at IS NULL')).toEqual([]),
    );

    const redis = new Redis(queue?.REDIS_URL ?? '');
    await redis.flushdb();
    await redis.quit();
    const deliver = await startWorkers(hub.deps, 'deliver');
    undo.push(() => deliver.stop());
    for (const id of ids)
      await eventually(async () => expect(await step(hub, id)).toBe('decide'), { timeoutMs: 30_000 });
    expect(pantry.taken()).toBe(ids.length);
  });

  (redisBackend ? test : test.skip)(
    'may be away: referrals are accepted all the same, and go out when it is back',
    async () => {
      const queue = await redisBackend?.queueSettings();
      const real = new URL(queue?.REDIS_URL ?? '');
      const port = await freePort();
      const hub = await startHub('server', {
        workers: true,
        settings: { REDIS_URL: `redis://127.0.0.1:${port}${real.pathname}` },
      });
      undo.push(() => hub.close());
      const hospital = await addPartner(hub, 'St. Anna Hospital');
      await addPartner(hub, 'Homes First', { category: 'food-insecurity' });
      const id = await sendReferral(hub, hospital);
      expect(await step(hub, id)).toBe('deliver');
      await eventually(async () =>
        expect(await hub.deps.db.query('SELECT 1 FROM outbox WHERE relays > 0')).toHaveLength(1),
      );

      const back = connectPort(port, Number(real.port));
      undo.push(async () => back.close());
      await eventually(async () => expect(await step(hub, id)).toBe('decide'), { timeoutMs: 20_000 });
    },
  );
});

/** Redis is back: a port that leads to it. */
function connectPort(port: number, to: number): NetServer {
  const server = createNetServer((socket) => {
    const onward = connect(to, '127.0.0.1');
    socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
    onward.on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  });
  return server.listen(port, '127.0.0.1');
}
