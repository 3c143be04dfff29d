import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, test } from '@jest/globals';
import { openPool } from '../../src/db/pool.ts';
import { freshStore } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';

/** A port that leads to a server, until it is cut. */
class Line {
  attempts = 0;
  #cut = false;
  readonly #sockets = new Set<Socket>();
  readonly server: Server;

  constructor(to: URL) {
    this.server = createServer((socket) => {
      this.attempts += 1;
      if (this.#cut) {
        socket.destroy();
        return;
      }
      const onward = connect(Number(to.port), to.hostname);
      this.#sockets.add(socket);
      socket.on('error', () => onward.destroy()).on('close', () => onward.destroy());
      onward.on('error', () => socket.destroy()).on('close', () => socket.destroy());
      socket.pipe(onward).pipe(socket);
    });
  }

  cut(): void {
    this.#cut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#cut = false;
  }
}

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const serverTest = process.env.TEST_DATABASE_URL ? test : test.skip;

describe('a lost connection to PostgreSQL', () => {
  serverTest('is opened anew, one try after another, and announcements are heard again', async () => {
    const store = await freshStore('server');
    undo.push(() => store.remove());
    const url = new URL('DATABASE_URL' in store.settings ? store.settings.DATABASE_URL : '');
    const line = new Line(url);
    await new Promise<void>((resolve) => line.server.listen(0, '127.0.0.1', resolve));
    undo.push(async () => line.server.close());
    const through = new URL(url);
    through.host = `127.0.0.1:${(line.server.address() as AddressInfo).port}`;
    const db = await openPool(through.href);
    undo.push(() => db.close());
    const heard: string[] = [];
    await db.listen('careloop_test', (payload) => heard.push(payload));

    line.cut();
    const before = line.attempts;
    const started = Date.now();
    await eventually(() => expect(line.attempts).toBeGreaterThanOrEqual(before + 4), { timeoutMs: 20_000 });
    // One try a second: a try that begets two would have made dozens by now.
    expect(line.attempts - before).toBeLessThanOrEqual((Date.now() - started) / 1_000 + 1);

    line.mend();
    await eventually(
      async () => {
        await db.query(`SELECT pg_notify('careloop_test', 'again')`);
        expect(heard).toContain('again');
      },
      { timeoutMs: 20_000 },
    );
  });
});
