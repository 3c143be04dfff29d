import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterEach, describe, expect, test } from '@jest/globals';
import { call, done } from '../support/api.ts';
import { type FreshStore, freshStore } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { addOperatorTo } from '../support/operator.ts';
import { killPrograms, type Program, startProgram } from '../support/processes.ts';

const server = process.env.TEST_DATABASE_URL ? describe : describe.skip;
const run = promisify(execFile);

/** The processes another one started. */
async function childrenOf({ pid }: Program): Promise<number[]> {
  const { stdout } = await run('pgrep', ['-P', String(pid)]).catch(() => ({ stdout: '' }));
  return stdout.split('\n').filter(Boolean).map(Number);
}

server('an API of several processes', () => {
  let store: FreshStore | undefined;
  afterEach(async () => {
    await killPrograms();
    await store?.remove();
  });

  const start = async (): Promise<{ api: Program; fhir: string }> => {
    store = await freshStore('server');
    const port = await freePort();
    await addOperatorTo(store, `http://127.0.0.1:${port}`);
    const settings = { ...store.settings, PORT: String(port), LOG_LEVEL: 'silent', API_PROCESSES: '2' };
    const api = startProgram('src/main.ts', { settings });
    await api.line(/listens on/, { timeoutMs: 60_000 });
    return { api, fhir: `http://127.0.0.1:${port}/fhir/R4` };
  };
  const write = (fhir: string): Promise<{ id: string }> =>
    done(call('POST', `${fhir}/Communication`, { body: { resourceType: 'Communication', status: 'completed' } }));

  test('answers at one address, goes on when one of them is killed, and starts another in its place', async () => {
    const { api, fhir } = await start();
    const before = await childrenOf(api);
    expect(before).toHaveLength(2);
    expect(api.stdout().match(/listens on/g)).toHaveLength(1);
    const { id } = await write(fhir);

    process.kill(before[0] as number, 'SIGKILL');

    await eventually(async () => {
      const now = await childrenOf(api);
      expect(now).toHaveLength(2);
      expect(now).not.toContain(before[0]);
    });
    await done(call('GET', `${fhir}/Communication/${id}`));
    await write(fhir);
  }, 120_000);

  test('ends with all of them when it is told to, and when it is killed', async () => {
    const { api } = await start();
    const children = await childrenOf(api);
    expect(await api.stop()).toBe(0);
    for (const pid of children) expect(() => process.kill(pid, 0)).toThrow('ESRCH');

    await store?.remove();
    const { api: another } = await start();
    const orphans = await childrenOf(another);
    await another.kill();
    await eventually(() => {
      for (const pid of orphans) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
    });
  }, 120_000);
});

test('an API of several processes on the embedded store is refused in a sentence', async () => {
  const api = startProgram('src/main.ts', { settings: { API_PROCESSES: '2', PORT: String(await freePort()) } });
  expect(await api.ended()).toBe(1);
  expect(api.stderr().trim()).toBe('API_PROCESSES above 1 needs DATABASE_URL: the embedded store is for one process.');
});
