import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Outgoing, SendContext } from '../../../src/channels/channel.ts';
import type { PartnerEndpoint } from '../../../src/directory/directory.ts';
import { openOutbound } from '../../../src/outbound/outbound.ts';
import { readNetworks } from '../../../src/outbound/policy.ts';

/** One request as a partner's server has read it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

export interface PartnerServer {
  readonly endpoint: PartnerEndpoint;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/** A partner's server on loopback that answers as told, after it has read the whole request. */
export async function startPartner(
  answer: (response: ServerResponse, request: SeenRequest) => void,
): Promise<PartnerServer> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const read = {
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body: Buffer.concat(chunks).toString(),
    };
    seen.push(read);
    answer(response, read);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: endpointAt((server.address() as AddressInfo).port),
    seen,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

export function endpointAt(port: number, scheme: 'http' | 'https' = 'http'): PartnerEndpoint {
  return { id: 'endpoint', organizationId: 'agency', address: `${scheme}://127.0.0.1:${port}/fhir`, status: 'active' };
}

export const DELIVERY = '1d2f0f8e-6f3e-4f0f-9a4b-0d9a6f1c2b3d';

export function message(fields: Partial<Outgoing> = {}): Outgoing {
  return {
    deliveryId: DELIVERY,
    kind: 'offer',
    loopId: 'root',
    task: {
      resourceType: 'Task',
      id: 'leg',
      meta: { versionId: '3', lastUpdated: '2026-03-02T09:00:00.000Z', profile: ['https://example.org/task'] },
      identifier: [{ system: 'https://careloop.dev/fhir/NamingSystem/task', value: 'leg' }],
      status: 'requested',
      intent: 'order',
      focus: { reference: 'ServiceRequest/order' },
      for: { reference: 'Patient/p' },
      owner: { reference: 'Organization/agency' },
      input: [{ type: {}, valueReference: { reference: 'https://elsewhere.example/DocumentReference/9' } }],
    },
    ...fields,
  };
}

const TO_THIS_MACHINE = openOutbound({ http: 'loopback', networks: readNetworks('127.0.0.0/8,::1/128') });

export function context(fields: Partial<SendContext> = {}): SendContext {
  return {
    signal: AbortSignal.timeout(10_000),
    now: new Date('2026-03-02T09:00:00Z'),
    hubBase: 'http://hub.test/fhir/R4',
    outbound: TO_THIS_MACHINE,
    ...fields,
  };
}
