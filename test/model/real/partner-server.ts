import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Delivering } from '../world.ts';

/** The server of those partners that have one: it answers as it is told, for each loop. */
export interface PartnerServer {
  readonly address: string;
  answer(loopId: string, how: Delivering): void;
  close(): Promise<void>;
}

const REFUSAL = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'business-rule' }] };

export async function startPartnerServer(): Promise<PartnerServer> {
  const answers = new Map<string, Delivering>();
  const server = createServer((request, response) => {
    const how = answers.get(String(request.headers['x-correlation-id'])) ?? 'delivered';
    const status = { delivered: 201, rejected: 422, 'given-up': 503, away: 503 }[how];
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      response.writeHead(status, { 'content-type': 'application/fhir+json', location: 'Task/there' });
      response.end(how === 'delivered' ? body : JSON.stringify(REFUSAL));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}/fhir`,
    answer: (loopId, how) => void answers.set(loopId, how),
    close: () => stop(server),
  };
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}
