import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { AuditEvent } from '@medplum/fhirtypes';
import type { LoopDetail } from '../../src/loops/api.ts';
import { readProjectFile } from '../house/source-files.ts';
import { call, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, sendReferral } from '../support/network.ts';
import { killPrograms, startProgram } from '../support/processes.ts';

const STARTS_PROGRAMS_MS = 240_000;
const ofServers = databaseKinds().includes('server') ? describe : describe.skip;
// A Monday.
const NOW = new Date('2026-03-02T09:00:00Z');
const HOURS = [{ from: '09:00', to: '17:00' }];

ofServers('from the command line', () => {
  let hub: TestHub;
  const folder = mkdtempSync(join(tmpdir(), 'careloop-policies-'));
  beforeAll(async () => {
    hub = await startHub('server', { now: () => NOW });
  });
  afterEach(killPrograms);
  afterAll(async () => {
    rmSync(folder, { recursive: true });
    await hub?.close();
  });

  const run = async (args: string[], more: Record<string, string> = {}): Promise<unknown[]> => {
    const settings = { DATABASE_URL: hub.deps.config.DATABASE_URL ?? '', LOG_LEVEL: 'silent', ...more };
    const program = startProgram('src/cli.ts', { args, settings });
    return [await program.ended(), program.stdout(), program.stderr()];
  };
  /** What the audit says was done, by its name. */
  const told = async (asked: string): Promise<unknown[]> => {
    const events = found<AuditEvent>(await call('GET', `${hub.fhir}/AuditEvent?${asked}`));
    for (const { agent } of events) expect(agent.filter(({ requestor }) => requestor).length).toBe(1);
    return events.map(({ entity }) =>
      Buffer.from(entity?.find(({ query }) => query)?.query ?? '', 'base64').toString(),
    );
  };
  const fileOf = (name: string, content: unknown): string => {
    writeFileSync(join(folder, name), JSON.stringify(content));
    return join(folder, name);
  };

  test(
    'policies are applied, and loops that were not are found',
    async () => {
      const id = await sendReferral(hub, await addPartner(hub, 'St. Anna Hospital'));
      const rules = [{ for: {}, because: 'To see.', spans: { choose: { hours: 5 } } }];
      fileOf('policy.json', { name: 'Of the town', because: 'To see.', rules });
      const [code, said] = await run(['loops', 'check'], { POLICIES_DIR: folder });
      expect([code, said]).toEqual([1, `loop ${id} differs from what it is made of\n1 loops checked, 1 differ\n`]);
      const applied = ['policies', 'apply'];
      expect(await run(applied, { POLICIES_DIR: folder })).toEqual([
        0,
        '1 open loops go by the policies as they are now\n',
        '',
      ]);
      expect(await run(applied, { POLICIES_DIR: folder })).toEqual([
        0,
        '0 open loops go by the policies as they are now\n',
        '',
      ]);
      const { body } = await call<LoopDetail>('GET', `${hub.url}/api/loops/${id}`);
      expect(body.nextStep?.due).toBe('2026-03-02T14:00:00.000Z');
      fileOf('policy.json', { name: 'Of the town', because: 'To see.', rules: [] });
      await run(applied, { POLICIES_DIR: folder });
      expect(await told('subtype=command&altid=command-line')).toEqual(Array(3).fill('policies apply'));
      // What holds from the first start on was not changed; what the file says is told nowhere.
      expect(await told('subtype=configuration-changed&altid=command-line')).toEqual(['policies']);
    },
    STARTS_PROGRAMS_MS,
  );

  test(
    'a calendar is set, shown and dropped, and what is wrong with it is said with its place',
    async () => {
      const agency = ['--organization', (await addPartner(hub, 'Homes First')).id];
      const wrong = fileOf('wrong.json', { timeZone: 'Nowhere', hours: { mon: HOURS } });
      expect(await run(['calendar', 'set', ...agency, '--file', wrong])).toEqual([
        1,
        '',
        `${wrong}: $.timeZone: No time zone of the IANA database. Write one like America/New_York, or UTC.\n`,
      ]);
      const good = { timeZone: 'America/New_York', hours: { mon: HOURS }, holidays: [] };
      const [code, said] = await run(['calendar', 'set', ...agency, '--file', fileOf('good.json', good)]);
      expect([code, JSON.parse(String(said))]).toEqual([0, { of: 'organization', ...good }]);
      expect(await run(['calendar', 'drop', ...agency])).toEqual([0, '', '']);
      expect(await told(`altid=command-line&entity=Organization/${agency[1]}`)).toEqual(['calendar', 'calendar']);
      const [, shown] = await run(['calendar', 'show', ...agency], { HUB_TIME_ZONE: 'Asia/Tokyo' });
      expect(JSON.parse(String(shown))).toMatchObject({ of: 'hub', timeZone: 'Asia/Tokyo' });
      expect(await run(['calendar', 'show', '--organization', 'nowhere'])).toEqual([
        1,
        '',
        'There is no Organization/nowhere here.\n',
      ]);
    },
    STARTS_PROGRAMS_MS,
  );

  test(
    'settings and files that are others than at the start before are in the audit: by name, and never what they say',
    async () => {
      const settings = {
        DATABASE_URL: hub.deps.config.DATABASE_URL ?? '',
        LOG_LEVEL: 'silent',
        POLICIES_DIR: folder,
        RATE_LIMIT_PROGRAM: '60001',
      };
      const start = async (more: Record<string, string>): Promise<void> => {
        const program = startProgram('workers/main.ts', { settings: { ...settings, ...more } });
        await program.line(/Careloop workers run/);
        await program.stop();
      };
      const policy = JSON.parse(readProjectFile('profiles/policy/consent.json'));
      const own = fileOf('consent.json', {
        ...policy,
        notices: { ...policy.notices, '42CFRPart2': 'Handle with care.' },
      });
      const changed = async (): Promise<unknown[]> =>
        (await told('subtype=configuration-changed&altid=settings')).sort();
      await start({});
      const first = await changed();
      await start({});
      expect(await changed()).toEqual(first);
      await start({ RATE_LIMIT_PROGRAM: '61234', CONSENT_POLICY: own });
      expect(await changed()).toEqual([...first, 'CONSENT_POLICY', 'RATE_LIMIT_PROGRAM', 'consent-policy'].sort());
      const kept = await hub.deps.db.query<{ said: string }>(
        `SELECT (SELECT json_agg(c)::text FROM configured c) || (SELECT json_agg(a)::text FROM audit a WHERE door IS NOT NULL) AS said`,
      );
      expect(kept[0]?.said).not.toMatch(/61234|Handle with care|postgres:|consent\.json/);
    },
    STARTS_PROGRAMS_MS,
  );
});
