import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { databaseKinds, type FreshStore, freshStore } from '../../support/database.ts';
import { freePort } from '../../support/free-port.ts';
import { killPrograms, startProgram } from '../../support/processes.ts';
import { openBrowser } from './browser.ts';
import { join, PASSWORD, startPeopleHub } from './people-hub.ts';

const STARTS_PROGRAMS_MS = 240_000;
const ofServers = databaseKinds().includes('server') ? describe : describe.skip;

ofServers('from the command line', () => {
  let hub: Awaited<ReturnType<typeof startPeopleHub>>;
  beforeAll(async () => {
    hub = await startPeopleHub('server');
  }, STARTS_PROGRAMS_MS);
  afterAll(() => hub?.close());
  afterEach(killPrograms);

  const run = async (...args: string[]): Promise<{ code: unknown; stdout: string; stderr: string }> => {
    const settings = { DATABASE_URL: hub.deps.config.DATABASE_URL ?? '', LOG_LEVEL: 'silent' };
    const program = startProgram('src/cli.ts', { args: ['people', ...args], settings });
    const code = await program.ended();
    return { code, stdout: program.stdout(), stderr: program.stderr() };
  };

  test(
    'people are invited, listed and signed out, and what is wrong is said in a sentence',
    async () => {
      const named = ['--email', 'kim@hub.example', '--name', 'Kim'];
      const wrong = await run('invite', ...named, '--role', 'king');
      expect([wrong.code, wrong.stdout]).toEqual([1, '']);
      expect(wrong.stderr).toMatch(/^roles\.0: /);
      const invited = await run('invite', ...named, '--role', 'administrator', '--role', 'case-manager');
      expect([invited.code, invited.stderr]).toEqual([0, '']);
      const [, code] = /^invitation {2}http:\/\/127\.0\.0\.1:\d+\/invitation#([\w-]{43})$/m.exec(invited.stdout) ?? [];
      // The clock of the test's hub stands still in the past: what the command has made is good for it.
      const kim = openBrowser(hub.url);
      const accepted = await kim.send('POST', '/api/invitations/accept', { code, password: PASSWORD });
      expect(accepted.status).toBe(200);
      await join(hub, 'lou@hub.example', ['auditor']);
      const listed = await run('list');
      expect(listed.stdout).toMatch(/\tcareloop\tactive\tadministrator case-manager\tkim@hub\.example\tKim\n/);
      expect(listed.stdout).toMatch(/\tauditor\tlou@hub\.example\t/);
      const out = await run('sign-out', '--email', 'KIM@hub.example');
      expect([out.code, out.stdout]).toEqual([0, '1 sessions ended\n']);
      expect((await kim.send('GET', '/api/session')).status).toBe(401);
      const all = await run('sign-out', '--everybody');
      expect([all.code, all.stdout]).toEqual([
        0,
        expect.stringMatching(/^\d+ sessions ended\n\d+ invitations taken back\n$/),
      ]);
      const left = await hub.deps.db.query(
        'SELECT 1 FROM session WHERE ended_at IS NULL UNION ALL SELECT 1 FROM invitation',
      );
      expect(left).toEqual([]);
      const nobody = await run('sign-out', '--email', 'nobody@hub.example');
      expect([nobody.code, nobody.stderr]).toEqual([1, 'There is no such person here.\n']);
    },
    STARTS_PROGRAMS_MS,
  );
});

ofServers('a start', () => {
  let store: FreshStore;
  beforeAll(async () => {
    store = await freshStore('server');
  });
  afterEach(killPrograms);
  afterAll(() => store?.remove());

  test(
    'of several processes prints the link for the first person once, into no log',
    async () => {
      const port = await freePort();
      const settings = { ...store.settings, PORT: String(port), API_PROCESSES: '2', LOG_LEVEL: 'trace' };
      const program = startProgram('src/main.ts', { settings });
      await program.line(/^Careloop API listens on /);
      const links = program.stdout().match(/^Set up this hub: http:\/\/127\.0\.0\.1:\d+\/set-up#[\w-]{43}$/gm);
      expect(links).toHaveLength(1);
      expect(program.stderr()).not.toContain(links?.[0]?.split('#')[1]);
    },
    STARTS_PROGRAMS_MS,
  );
});
