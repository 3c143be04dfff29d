import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { sealAudit } from '../../src/fhir/audit/chain/seal-audit.ts';
import { verifyAudit } from '../../src/fhir/audit/chain/verify-audit.ts';
import { putNamesInPlace } from '../../src/fhir/audit/names.ts';
import { startWorkers } from '../../workers/start.ts';
import type { Worker } from '../../workers/waker.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds, type FreshStore, freshStore } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { killPrograms, startProgram } from '../support/processes.ts';
import { runSetting } from '../support/run-settings.ts';

const runProgram = promisify(execFile);

describe.each(databaseKinds())('the workers (%s)', (kind) => {
  let hub: TestHub;
  let others: Worker;
  beforeAll(async () => {
    hub = await startHub(kind, { workers: true, settings: { AUDIT_SEAL_INTERVAL_MS: '20' } });
    others = await startWorkers(hub.deps, 'relay,deliver');
  });
  afterAll(async () => {
    await others?.stop();
    await hub?.close();
  });

  test('seal what is written, several of them beside each other', async () => {
    for (let at = 0; at < 10; at += 1) {
      await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    }
    await eventually(async () => {
      const verdict = await verifyAudit(hub.deps.db);
      expect(verdict).toMatchObject({ ok: true, unsealed: { entries: 0 } });
      expect(verdict.entries).toBeGreaterThanOrEqual(10);
    });
  });

  test('put what new entries name into its place in the index', async () => {
    // Asked once for each entry: who asks puts them there, too.
    await eventually(async () => {
      await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
      await pause(100);
      expect(await putNamesInPlace(hub.deps.db)).toBe(0);
    });
  });
});

describe.each(databaseKinds())('npx careloop audit verify (%s)', (kind) => {
  let store: FreshStore;
  beforeEach(async () => {
    store = await freshStore(kind);
    await write(2, true);
    await write(1, false);
  });
  afterEach(async () => {
    await killPrograms();
    await store?.remove();
  });

  const open = async (work: (db: Awaited<ReturnType<FreshStore['open']>>) => Promise<unknown>): Promise<void> => {
    const db = await store.open();
    await work(db).finally(() => db.close());
  };
  const write = (count: number, sealed: boolean): Promise<void> =>
    open(async (db) => {
      await db.query(
        `INSERT INTO audit (recorded_at, action, resource_type, resource_id, version)
         SELECT '2026-03-02T09:00:00Z', 'C', 'Task', 't', 1 FROM generate_series(1, $1::int)`,
        [count],
      );
      if (sealed) await sealAudit(db, new Date('2026-03-02T09:00:00Z'));
    });
  const run = async (...args: string[]): Promise<{ code: unknown; out: string; err: string }> => {
    const program = startProgram('src/cli.ts', { settings: store.settings, args: ['audit', 'verify', ...args] });
    const code = await program.ended();
    return { code, out: program.stdout(), err: program.stderr() };
  };

  test('says that all is well, and what was changed, by its exit code too', async () => {
    const good = await run();
    // The hub's own Organization was written when the program started.
    expect(good).toMatchObject({
      code: 0,
      out: expect.stringMatching(
        /^2 entries in 1 seals verified, 0 findings\n\d entries not sealed yet, the oldest of 2026-03-02T09:00:00.000Z\nlast seal 1:[0-9a-f]{64}\n$/,
      ),
    });
    const seal = /last seal (\S+)/.exec(good.out)?.[1] ?? '';
    expect((await run('--seal', seal)).code).toBe(0);
    await open(async (db) => {
      await db.query('ALTER TABLE audit DISABLE TRIGGER ALL');
      await db.query(`UPDATE audit SET action = 'D' WHERE id = 2`);
      await db.query('ALTER TABLE audit ENABLE ALWAYS TRIGGER append_only');
    });
    const bad = await run();
    expect([bad.code, bad.out.split('\n').slice(0, 2)]).toEqual([
      1,
      ['entry 2 (seal 1) was changed', '2 entries in 1 seals verified, 1 findings'],
    ]);
    const json = await run('--json');
    expect([json.code, JSON.parse(json.out)]).toMatchObject([
      1,
      { ok: false, findings: [{ kind: 'entry-changed', entry: '2', seal: 1 }], found: 1 },
    ]);
    const other = await run('--seal', `1:${'0'.repeat(64)}`);
    expect([other.code, other.out.split('\n')[0]]).toEqual([1, 'seal 1 was replaced by another']);
  });

  test('refuses a seal that is none', async () => {
    const { code, err } = await run('--seal', 'x');
    expect(code).toBe(1);
    expect(err).toContain('--seal is what audit verify printed as its last seal: <number>:<hash>.');
  });
});

const server = databaseKinds().includes('server') ? describe : describe.skip;

server('an audit that was put back from a backup, by the programs that the runbook names', () => {
  let hub: TestHub;
  let put: FreshStore;
  beforeAll(async () => {
    hub = await startHub('server');
    put = await freshStore('server');
  });
  afterAll(async () => {
    await hub?.close();
    await put?.remove();
  });

  test('holds, goes on, is as it was not to be changed; and what came after the backup is missed', async () => {
    const entry = async (): Promise<void> => {
      await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
      await sealAudit(hub.deps.db, hub.deps.now());
    };
    await entry();
    const file = join(runSetting('TEST_TMP'), `${crypto.randomUUID()}.dump`);
    const from = hub.deps.config.DATABASE_URL ?? '';
    const to = (put.settings as { DATABASE_URL: string }).DATABASE_URL;
    await runProgram('pg_dump', ['--format=custom', `--file=${file}`, from]);
    await entry();
    const { head: later } = await verifyAudit(hub.deps.db);
    await runProgram('pg_restore', ['--clean', '--if-exists', '--no-owner', `--dbname=${to}`, file]);
    const db = await put.open();
    try {
      expect(await verifyAudit(db)).toMatchObject({ ok: true, seals: 1, unsealed: { entries: 0 } });
      const missed = await verifyAudit(db, later);
      expect([missed.ok, missed.findings.map(({ kind }) => kind)]).toEqual([false, ['seal-removed']]);
      await expect(db.query('DELETE FROM audit')).rejects.toMatchObject({ code: 'CL002' });
      await db.query(`INSERT INTO audit (recorded_at, action, organization_id) VALUES (now(), 'C', 'org')`);
      expect(await sealAudit(db, new Date())).toBe(1);
      expect(await verifyAudit(db)).toMatchObject({ ok: true, seals: 2, unsealed: { entries: 0 } });
    } finally {
      await db.close();
    }
  }, 60_000);
});
