import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { peopleCommands } from '../../src/access/people/commands.ts';
import { examineHub } from '../../src/doctor/commands.ts';
import { linesOf } from '../../src/doctor/examine.ts';
import { sealAudit } from '../../src/fhir/audit/chain/seal-audit.ts';
import { call } from '../support/api.ts';
import { createClock } from '../support/clock.ts';
import { databaseKinds } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner, type Partner, sendReferral } from '../support/network.ts';
import { killPrograms, startProgram } from '../support/processes.ts';

const STARTS_PROGRAMS_MS = 240_000;

describe.each(databaseKinds())('the doctor (%s)', (kind) => {
  const clock = createClock();
  let hub: TestHub;
  let hospital: Partner;
  let agency: Partner;
  let id: string;
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    hospital = await addPartner(hub, 'St. Anna Hospital');
    agency = await addPartner(hub, 'Food Bank', { category: 'food-insecurity' });
    id = await sendReferral(hub, hospital);
  });
  afterEach(killPrograms);
  afterAll(() => hub?.close());

  const says = async (): Promise<string[]> => linesOf(await examineHub(hub.deps, 0));
  const sql = (text: string): Promise<unknown[]> => hub.deps.db.query(text);
  /** Spoils something, and puts it back. */
  const spoilt = async (spoil: string, mend: string): Promise<string[]> => {
    await sql(spoil);
    const lines = await says();
    await sql(mend);
    expect(await says()).toEqual(['12 checks, 0 findings']);
    return lines.slice(0, -1);
  };

  test('finds nothing where everything is as it must be', async () => {
    expect(await says()).toEqual(['12 checks, 0 findings']);
  });

  test('finds a loop that is not what its records make, and what is awaited that is not', async () => {
    const line = `loop-row: ${id} is not what its Tasks, messages and firings make of it. Mend: careloop loops rebuild`;
    expect(await spoilt(`UPDATE loop SET progress = 'seen'`, 'UPDATE loop SET progress = NULL')).toEqual([line]);
    expect(
      await spoilt(
        `UPDATE deadline SET due = due + interval '1 day'`,
        `UPDATE deadline SET due = due - interval '1 day'`,
      ),
    ).toEqual([line]);
    const gone = 'CREATE TABLE kept AS SELECT * FROM deadline; ';
    await sql(gone.replace('; ', ''));
    expect(await spoilt('DELETE FROM deadline', 'INSERT INTO deadline SELECT * FROM kept')).toEqual([line]);
    await sql('DROP TABLE kept');
  });

  test('finds a loop that waits for an organization that is not there', async () => {
    const lines = await spoilt(
      `UPDATE loop SET waiting_on = 'receiver', waiting_on_org = 'nobody'`,
      `UPDATE loop SET waiting_on = 'hub', waiting_on_org = '${agency.id}'`,
    );
    expect(lines).toContain(`next-step: ${id} is open, and nobody is named who must act. Mend: careloop loops rebuild`);
  });

  test('finds what is due and was not done, and messages that nobody takes', async () => {
    clock.advance(5 * 3_600_000);
    const workers = 'Mend: start the workers (npm start, or npm run start:workers) and look at their log';
    const lines = await says();
    expect(lines[0]).toBe(
      `deadline: ${id} waits for something that is over since more than a minute, and nothing was done. ${workers}`,
    );
    expect(lines[1]).toMatch(
      /^outbox: [0-9a-f-]{36} is a message that should have been handed to a worker, or given back/,
    );
    expect(lines.at(-1)).toBe('12 checks, 2 findings');
    clock.advance(-5 * 3_600_000);
  });

  test('finds a delivery that no message speaks of, and requeues it', async () => {
    const lines = await spoilt(
      'DELETE FROM outbox',
      `INSERT INTO outbox (id, kind, subject_id, available_at) SELECT gen_random_uuid(), 'deliver', id, created_at FROM delivery`,
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(
      /^delivery: [0-9a-f-]{36} is to be delivered, and no message says so to the workers. Mend: careloop deliveries requeue$/,
    );
  });

  test('finds what is read by others than it is shared with', async () => {
    const lines = await spoilt(
      `UPDATE resource SET readers = readers || ARRAY['${agency.id}'] WHERE type = 'ServiceRequest' AND content ->> 'intent' = 'order'`,
      `UPDATE resource SET readers = array_remove(readers, '${agency.id}') WHERE type = 'ServiceRequest' AND content ->> 'intent' = 'order'`,
    );
    expect(lines[0]).toMatch(
      /^share: ServiceRequest\/[0-9a-f-]{36} is read by others than its author and what is shared make. Mend: careloop shares rebuild$/,
    );
  });

  test('finds a loop that waits for people, where nobody of that role is left', async () => {
    await sql(`INSERT INTO person (id, name, email, email_key, organization_id, roles, created_at)
      VALUES (gen_random_uuid(), 'Ada', 'ada@hub.example', 'ada@hub.example', 'careloop', '{administrator}', now())`);
    await sql(`UPDATE loop SET escalation = 'supervisor'`);
    const found = async (): Promise<string[]> => (await says()).filter((line) => line.startsWith('role: '));
    expect(await found()).toEqual([
      `role: ${id} waits for people of the hub, and of those who may sign in and see it nobody has that role. Mend: careloop people invite, with the role case-manager or supervisor (for a mandated report with protection-worker, too)`,
    ]);
    const log = jest.spyOn(console, 'log').mockReturnValue();
    const invited = { email: 'sam@hub.example', name: 'Sam', role: ['supervisor'] };
    expect(await peopleCommands['people invite'](hub.deps, invited)).toBe(0);
    log.mockRestore();
    expect(await found()).toEqual([]);
    // Who has left holds no role any more.
    await sql(`UPDATE person SET active = false WHERE email = 'sam@hub.example'`);
    expect(await found()).toHaveLength(1);
    await sql(`UPDATE loop SET escalation = NULL`);
    await sql(`UPDATE person SET active = false`);
    expect(await says()).toEqual(['12 checks, 0 findings']);
  });

  test('finds that more or fewer loops are told of than there are', async () => {
    const line = (what: string): string =>
      `count: open loops of ${what} are not as many as is told of them. Mend: careloop loops recount`;
    expect(
      await spoilt(
        `UPDATE loop_count SET loops = loops + 1 WHERE party IN ('', '${hospital.id}')`,
        `UPDATE loop_count SET loops = loops - 1 WHERE party IN ('', '${hospital.id}')`,
      ),
    ).toEqual([line('the hub'), line(`Organization/${hospital.id}`)]);
  });

  test('finds that somebody has changed the audit', async () => {
    await sealAudit(hub.deps.db, clock.now());
    await sql('ALTER TABLE audit DISABLE TRIGGER ALL');
    const changed = (from: string, to: string): string =>
      `UPDATE audit SET action = '${to}' WHERE action = '${from}' AND resource_type = 'Task' AND resource_id = '${id}'`;
    expect(await spoilt(changed('C', 'D'), changed('D', 'C'))).toEqual([
      expect.stringMatching(
        /^audit: (entry|seal) \d+ is not as it was sealed. Mend: see what careloop audit verify says/,
      ),
    ]);
    await sql('ALTER TABLE audit ENABLE TRIGGER ALL');
  });

  (kind === 'server' ? test : test.skip)(
    'has an exit code, and the commands it names mend what it finds',
    async () => {
      const run = async (...args: string[]): Promise<unknown[]> => {
        const settings = { DATABASE_URL: hub.deps.config.DATABASE_URL ?? '', LOG_LEVEL: 'silent' };
        const program = startProgram('src/cli.ts', { args, settings });
        return [await program.ended(), program.stdout()];
      };
      // By the clock of this machine everything of this hub is long over.
      await sql('DELETE FROM outbox');
      await sql(`UPDATE deadline SET due = now(), ats = '{}', whats = '{}', at = NULL`);
      await sql(`DELETE FROM loop_count WHERE party = ''`);
      await sql(`UPDATE loop SET waiting_on = 'receiver', waiting_on_org = 'nobody'`);
      await sql(
        `UPDATE resource SET readers = readers || ARRAY['${agency.id}'] WHERE type = 'ServiceRequest' AND content ->> 'intent' = 'order'`,
      );
      const [code, said] = await run('doctor', '--json');
      expect(code).toBe(1);
      const { ok, findings } = JSON.parse(String(said)) as { ok: boolean; findings: { check: string }[] };
      expect([ok, findings.map(({ check }) => check)]).toEqual([
        false,
        ['next-step', 'loop-row', 'count', 'delivery', 'share'],
      ]);
      expect(await run('loops', 'rebuild')).toEqual([0, `loop ${id} is made anew\n1 loops checked, 1 made anew\n`]);
      expect(await run('loops', 'recount')).toEqual([0, 'loops counted anew, 1 numbers mended\n']);
      expect(await run('deliveries', 'requeue')).toEqual([0, '1 deliveries are looked at again\n']);
      expect(await run('shares', 'rebuild')).toEqual([
        1,
        expect.stringMatching(/^ServiceRequest\/\S+ had other readers .*\n1 resources differed, and are mended\n$/),
      ]);
      clock.set(new Date());
      await sql(`UPDATE outbox SET available_at = now() - interval '1 hour'`);
      const [again, left] = await run('doctor');
      // Since 2 March it has been due.
      expect([
        again,
        String(left)
          .split('\n')
          .map((line) => line.split(':')[0]),
      ]).toEqual([1, ['deadline', 'outbox', '12 checks, 2 findings', '']]);
      // For these it has the workers started.
      const settings = { DATABASE_URL: hub.deps.config.DATABASE_URL ?? '', LOG_LEVEL: 'silent' };
      startProgram('workers/main.ts', { settings });
      await eventually(async () => expect(await says()).toEqual(['12 checks, 0 findings']), { timeoutMs: 60_000 });
      expect(await run('doctor')).toEqual([0, '12 checks, 0 findings\n']);
      expect((await call('GET', `${hub.url}/api/loops/${id}`)).status).toBe(200);
    },
    STARTS_PROGRAMS_MS,
  );
});
