import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call } from '../support/api.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { operatorToken } from '../support/operator.ts';

let hub: TestHub;
beforeAll(async () => {
  const settings = {
    HEADERS_TIMEOUT_MS: '600',
    REQUEST_TIMEOUT_MS: '1200',
    CONNECTIONS_PER_ADDRESS: '20',
    HEADER_BYTES: '4000',
  };
  hub = await startHub('embedded', { settings });
});
afterAll(() => hub?.close());

/** A body is read of who is known. */
const known = (): string => `Authorization: Bearer ${operatorToken(hub.url)}\r\n`;

interface Raw {
  readonly socket: Socket;
  heard: string;
  closed: boolean;
}

function open(): Raw {
  const raw: Raw = { socket: connect(Number(new URL(hub.url).port), '127.0.0.1'), heard: '', closed: false };
  raw.socket.on('data', (chunk) => {
    raw.heard += String(chunk);
  });
  raw.socket.on('error', () => undefined);
  raw.socket.once('close', () => {
    raw.closed = true;
  });
  return raw;
}

/** Writes a piece again and again, until the connection is closed. */
async function drip(raw: Raw, piece: string): Promise<string> {
  const timer = setInterval(() => raw.socket.writable && raw.socket.write(piece), 50);
  await eventually(async () => expect(raw.closed).toBe(true));
  clearInterval(timer);
  return raw.heard.slice(0, 12);
}

describe('a connection is closed', () => {
  test('when the head of a request takes too long, however busily it arrives', async () => {
    const raw = open();
    raw.socket.write('GET /fhir/R4/metadata HTTP/1.1\r\nHost: localhost\r\n');
    expect(await drip(raw, 'X: y\r\n')).toBe('HTTP/1.1 408');
  });

  test('when nothing comes at all', async () => {
    const raw = open();
    await eventually(async () => expect(raw.closed).toBe(true));
  });

  test('when a body takes too long', async () => {
    const raw = open();
    raw.socket.write(
      `POST /fhir/R4/Patient HTTP/1.1\r\nHost: localhost\r\n${known()}Content-Type: application/json\r\nContent-Length: 100000\r\n\r\n{"a":"`,
    );
    expect(await drip(raw, 'x')).toBe('HTTP/1.1 408');
  });

  test('when a body comes in endless pieces', async () => {
    const raw = open();
    raw.socket.write(
      `POST /fhir/R4/Patient HTTP/1.1\r\nHost: localhost\r\n${known()}Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n`,
    );
    expect(await drip(raw, '1\r\nx\r\n')).toBe('HTTP/1.1 408');
  });

  test.each([
    ['is one long header', `X: ${'y'.repeat(5_000)}\r\n`],
    ['is many short ones', 'a:b\r\n'.repeat(1_500)],
    ['has an endless address', '', `/${'x'.repeat(5_000)}`],
  ])('when its head %s', async (_name, headers, path = '/health') => {
    const raw = open();
    raw.socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
    await eventually(async () => expect(raw.closed).toBe(true));
    expect(raw.heard).toMatch(/^HTTP\/1\.1 431/);
  });

  test.each([
    ['two lengths', 'Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['a length and pieces (smuggling)', 'Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a header without end', 'X: a\nb: c\0\r\n\r\n'],
  ])('when a request has %s', async (_name, rest) => {
    const raw = open();
    raw.socket.write(`POST /fhir/R4/Patient HTTP/1.1\r\nHost: localhost\r\n${rest}`);
    await eventually(async () => expect(raw.closed).toBe(true));
    expect(raw.heard).toMatch(/^HTTP\/1\.1 400/);
  });
});

test('an address has only so many connections, and others when these are closed', async () => {
  const many = Array.from({ length: 60 }, open);
  await eventually(async () => expect(many.filter(({ closed }) => closed).length).toBeGreaterThanOrEqual(40));
  for (const { socket } of many) socket.destroy();
  await eventually(async () => expect(await call('GET', `${hub.url}/health`)).toMatchObject({ status: 200 }));
});

test('of a body that its sender gives up on nothing is done, and of a whole one all, whoever still listens', async () => {
  const sent = (family: string, whole: boolean): void => {
    const body = JSON.stringify({ resourceType: 'Patient', name: [{ family }] });
    const head = `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
    const { socket } = open();
    socket.write(
      `POST /fhir/R4/Patient HTTP/1.1\r\nHost: localhost\r\n${known()}${head}${body.slice(0, whole ? undefined : 30)}`,
      () => setTimeout(() => socket.destroy(), 20),
    );
  };
  for (let at = 0; at < 5; at += 1) for (const whole of [true, false]) sent(whole ? 'Whole' : 'Half', whole);
  const count = async (family: string): Promise<number> =>
    (await call<{ total: number }>('GET', `${hub.fhir}/Patient?family=${family}&_summary=count`)).body.total;
  await eventually(async () => expect([await count('Whole'), await count('Half')]).toEqual([5, 0]));
});

test('the hub goes on through all of it', async () => {
  const slow = Array.from({ length: 15 }, open);
  for (const { socket } of slow) socket.write('POST /fhir/R4 HTTP/1.1\r\nHost: localhost\r\nX: ');
  expect(await call('GET', `${hub.fhir}/metadata`)).toMatchObject({ status: 200 });
  await eventually(async () => expect(slow.every(({ closed }) => closed)).toBe(true));
});
