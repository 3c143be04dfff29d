import { type EventEmitter, once } from 'node:events';
import { readFile } from 'node:fs/promises';
import http from 'node:http';
import net from 'node:net';
import tls from 'node:tls';
import { afterEach, describe, expect, test } from '@jest/globals';
import { databaseKinds, freshDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { killPrograms, startProgram } from '../support/processes.ts';

afterEach(killPrograms);

describe('no test reaches another machine', () => {
  // Not a loopback address, and yet of this machine: were it let through, nothing would leave.
  const OUTSIDE = '0.0.0.0';
  const REFUSED = 'Tests stay on this machine, and this one asked for 0.0.0.0.';
  const failure = (socket: EventEmitter): Promise<unknown> =>
    once(socket, 'connect').catch((thrown: unknown) => thrown);

  test('by fetch', async () => {
    const url = `http://${OUTSIDE}:${await freePort()}/`;
    await expect(fetch(url)).rejects.toMatchObject({ cause: { message: REFUSED } });
  });

  test.each<[string, () => EventEmitter]>([
    ['node:http', () => http.get(`http://${OUTSIDE}/`)],
    ['node:tls', () => tls.connect(443, OUTSIDE)],
    ['node:net', () => net.connect({ host: OUTSIDE, port: 80 })],
    [
      'a lookup of its own',
      () => net.connect({ host: 'a.test', port: 80, lookup: (_name, _options, answer) => answer(null, OUTSIDE, 4) }),
    ],
  ])('by %s', async (_name, open) => {
    expect(await failure(open())).toMatchObject({ message: REFUSED });
  });

  test('by a name', async () => {
    expect(await failure(net.connect(80, 'localhost.'))).toMatchObject({
      message: expect.stringContaining('localhost.'),
    });
  });
});

test('this machine is reached', async () => {
  const server = http.createServer((_request, response) => response.writeHead(307, { location: '/b' }).end('seen'));
  const port = await freePort();
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const answer = await fetch(`http://127.0.0.1:${port}/a`, { method: 'POST', body: 'x', redirect: 'manual' });
  expect([answer.status, await answer.text()]).toEqual([307, 'seen']);
  server.close();
});

test('an error thrown by Node itself is an Error in tests too', async () => {
  const thrown: unknown = await readFile('/no/such/file').catch((error: unknown) => error);
  expect(thrown instanceof Error).toBe(true);
  expect(thrown instanceof TypeError).toBe(false);
  expect({ message: 'looks like one' } instanceof Error).toBe(false);
});

describe.each(databaseKinds())('a fresh database (%s)', (kind) => {
  test('is migrated, and apart from every other', async () => {
    const [first, second] = await Promise.all([freshDatabase(kind), freshDatabase(kind)]);
    await first.db.query('CREATE TABLE only_here (id int)');
    await expect(second.db.query('SELECT * FROM only_here')).rejects.toThrow('does not exist');
    expect(await second.db.query('SELECT * FROM migration')).not.toEqual([]);
    await Promise.all([first.close(), second.close()]);
  });
});

describe('a program', () => {
  const script = "console.log('listening on', process.env.PORT); console.error('warned'); setInterval(() => {}, 1e6);";

  test('is waited for by a line, and killed', async () => {
    const program = startProgram('--eval', { args: [script], settings: { PORT: '81' } });
    expect((await program.line(/listening on (\d+)/))[1]).toBe('81');
    await program.line(/warned/, { from: 'stderr' });
    await program.kill();
    expect(await program.ended()).toBe('SIGKILL');
  });

  test('that ends before its line says so', async () => {
    const program = startProgram('--eval', { args: ["console.error('no port'); process.exit(3)"] });
    await expect(program.line(/listening/)).rejects.toThrow(/ended with 3 without printing .*no port/s);
  });
});

test('eventually gives the answer, or the last failure', async () => {
  let asked = 0;
  const third = (): string => {
    asked += 1;
    if (asked < 3) throw new Error('too early');
    return 'now';
  };
  await expect(eventually(third, { intervalMs: 1 })).resolves.toBe('now');
  await expect(eventually(() => expect(1).toBe(2), { timeoutMs: 5, intervalMs: 1 })).rejects.toThrow('toBe');
});
