import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A FHIR server of a partner that takes everything, and keeps what it was sent: the address and the body of each request. */
export interface FhirInbox {
  /** Its FHIR base. */
  readonly address: string;
  readonly received: string[];
  close(): void;
}

export async function startFhirInbox(): Promise<FhirInbox> {
  const received: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    received.push(`${request.url} ${Buffer.concat(chunks).toString()}`);
    response.writeHead(201, { location: 'Task/there/_history/1' }).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return { address: `http://127.0.0.1:${port}/fhir`, received, close: () => void server.close() };
}
