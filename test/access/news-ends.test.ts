import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { REVOKED_CHANNEL } from '../../src/access/clients.ts';
import { LOOP_CHANNEL } from '../../src/loops/announce-loop.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { operatorToken } from '../support/operator.ts';
import { startProgramOf } from './programs.ts';

let hub: TestHub;

const HUB = 'careloop';
const own = (): string => operatorToken(hub.url) ?? '';

/** The head of a request for the stream of news. */
function asking(token: string): string {
  return `GET /api/events HTTP/1.1\r\nHost: ${new URL(hub.url).host}\r\nAuthorization: Bearer ${token}\r\n\r\n`;
}

function open(sent: string): { readonly socket: Socket; readonly heard: () => string } {
  const socket = connect(Number(new URL(hub.url).port), '127.0.0.1');
  let heard = '';
  socket.on('data', (chunk) => {
    heard += String(chunk);
  });
  socket.on('error', () => undefined);
  socket.write(sent);
  return { socket, heard: () => heard };
}

/** How many wait for time to pass: each stream does, for its next sign of life. */
function timers(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}

const announce = (channel: string, text: string): Promise<unknown> =>
  hub.deps.db.query('SELECT pg_notify($1, $2)', [channel, text]);

describe.each(databaseKinds())('a stream of news (%s store)', (kind) => {
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  test('that was ended before all of it was sent is told nothing more, and the hub goes on', async () => {
    const program = await startProgramOf(hub, HUB, ['system/*.*']);
    const token = await program.token('system/*.*');
    // The answer to the second request waits for the first, which has no end.
    const { socket, heard } = open(asking(own()) + asking(token));
    await eventually(() => expect(heard()).toContain('retry'));
    await announce(LOOP_CHANNEL, 'first');
    await eventually(() => expect(heard()).toContain('first'));
    await done(call('DELETE', `${hub.url}/api/clients/${program.id}`));
    await announce(REVOKED_CHANNEL, '');
    await new Promise((resolve) => setTimeout(resolve, 200));
    await announce(LOOP_CHANNEL, 'second');
    await eventually(() => expect(heard()).toContain('second'));
    expect((await fetch(`${hub.url}/health`)).status).toBe(200);
    socket.destroy();
  });

  test('that is closed before it began, or before its turn, is waited on by nobody', async () => {
    await call('GET', `${hub.fhir}/Patient`);
    const before = timers();
    for (let at = 0; at < 12; at += 1) {
      const { socket } = open(asking(own()).repeat(2));
      await new Promise((resolve) => setTimeout(resolve, at));
      socket.destroy();
    }
    await new Promise((resolve) => setTimeout(resolve, 300));
    await eventually(() => expect(timers()).toBeLessThan(before + 5));
  });

  test('that is not read is let go of rather than kept for ever', async () => {
    const { socket, heard } = open(asking(own()));
    await eventually(() => expect(heard()).toContain('retry'));
    socket.pause();
    const many = `SELECT pg_notify('${LOOP_CHANNEL}', repeat('x', 7000) || n) FROM generate_series(1, 2000) n`;
    await hub.deps.db.query(many);
    const closed = once(socket, 'close');
    await new Promise((resolve) => setTimeout(resolve, 300));
    socket.resume();
    await closed;
  });
});
