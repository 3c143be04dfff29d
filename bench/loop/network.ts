import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Task } from '@medplum/fhirtypes';
import type { OwnHub } from '../../test/partners/hub/own-hub.ts';
import { call, done } from '../../test/support/api.ts';
import { addPartner, type Partner, sendReferral } from '../../test/support/network.ts';
import { rememberOperator } from '../../test/support/operator.ts';

/** One loop as the partners saw it; times in ms of this process's clock. */
interface Seen {
  readonly sentAt: number;
  closedAt?: number;
  /** Time that passed at the partners while the hub waited for them. */
  partnerMs: number;
}

/** A hospital and an agency that answer at once, and measure how long a hub takes for everything else. */
export interface BenchNetwork {
  /** Sends one referral and waits until the hospital knows how it ended. @returns the hub's own time, in ms */
  loop(): Promise<number>;
  close(): Promise<void>;
}

export async function openNetwork(hub: Pick<OwnHub, 'url' | 'operator'>): Promise<BenchNetwork> {
  rememberOperator(hub.url, await hub.operator.get());
  const fhir = `${hub.url}/fhir/R4`;
  const seen = new Map<string, Seen>();
  const waiting = new Map<string, () => void>();
  const hospitalServer = await serve(async (task) => {
    const key = task.identifier?.[0]?.value ?? '';
    const loop = seen.get(key);
    if (task.status !== 'completed' || !loop) return;
    loop.closedAt = performance.now();
    waiting.get(key)?.();
  });
  const hospital = await addPartner({ url: hub.url, fhir }, 'Hospital', { address: hospitalServer.address });
  let agency: Partner | undefined;
  const agencyServer = await serve(async (task, startedAt) => {
    const root = task.partOf?.[0]?.reference?.split('/').at(-1) ?? '';
    const key = rootKeys.get(root) ?? (await keyOf(fhir, hospital, root));
    if (agency && task.status === 'requested') await work(task, agency.token, () => seen.get(key), startedAt);
  });
  const rootKeys = new Map<string, string>();
  agency = await addPartner({ url: hub.url, fhir }, 'Agency', {
    address: agencyServer.address,
    category: 'food-insecurity',
  });

  let sent = 0;
  return {
    loop: async () => {
      sent += 1;
      const key = `bench-${process.pid}-${sent}`;
      const known = new Promise<void>((resolve) => waiting.set(key, resolve));
      const loop: Seen = { sentAt: performance.now(), partnerMs: 0 };
      seen.set(key, loop);
      rootKeys.set(await sendReferral({ fhir }, hospital, { identifier: key }), key);
      await known;
      return (loop.closedAt ?? 0) - loop.sentAt - loop.partnerMs;
    },
    close: async () => {
      for (const { server } of [hospitalServer, agencyServer]) {
        server.closeAllConnections();
        await new Promise<void>((resolve) => server.close(() => resolve()));
      }
    },
  };
}

/** The agency hears of a Task before its sender has read the answer that names it: then it asks. */
async function keyOf(fhir: string, { token }: Partner, root: string): Promise<string> {
  const task = await done<Task>(call('GET', `${fhir}/Task/${root}`, { token }));
  return task.identifier?.[0]?.value ?? '';
}

/** Accepts, begins, does and completes, one call after another. */
async function work(task: Task, token: string, loop: () => Seen | undefined, startedAt: number): Promise<void> {
  const [base = '', id = ''] = (task.meta?.source ?? '').split('/Task/');
  const url = `${base}/Task/${id}`;
  let thinkingSince = startedAt;
  const timed = async <T>(exchange: () => Promise<T>): Promise<T> => {
    const seen = loop();
    if (seen) seen.partnerMs += performance.now() - thinkingSince;
    const answer = await exchange();
    thinkingSince = performance.now();
    return answer;
  };
  let current = await timed(() => done<Task>(call('GET', url, { token })));
  for (const status of ['accepted', 'in-progress'] as const) {
    const next = { ...current, status };
    current = await timed(() => done<Task>(call('PUT', url, { token, body: next })));
  }
  const procedure = {
    resourceType: 'Procedure',
    status: 'completed',
    code: { text: 'Food parcel' },
    subject: current.for,
    basedOn: [current.focus],
  };
  await timed(() => done(call('POST', `${base}/Procedure`, { token, body: procedure })));
  await timed(() => done(call('PUT', url, { token, body: { ...current, status: 'completed' } })));
}

interface Serving {
  readonly server: Server;
  readonly address: string;
}

/** A FHIR server that takes every Task and then does something with it. */
async function serve(then: (task: Task, startedAt: number) => Promise<void>): Promise<Serving> {
  const server = createServer(async (request, response) => {
    const startedAt = performance.now();
    const body = await bodyOf(request);
    response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/fhir+json' });
    response.end('{"resourceType":"OperationOutcome","issue":[]}');
    await then(JSON.parse(body) as Task, startedAt);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, address: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
