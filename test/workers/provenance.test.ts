import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Patient } from '@medplum/fhirtypes';
import type { Database, Sql } from '../../src/db/database.ts';
import { sealAudit } from '../../src/fhir/audit/chain/seal-audit.ts';
import { verifyAudit } from '../../src/fhir/audit/chain/verify-audit.ts';
import { makeProvenance } from '../../src/fhir/audit/provenance/make-provenance.ts';
import type { Store } from '../../src/fhir/store/transact.ts';
import { startWorkers } from '../../workers/start.ts';
import type { Worker } from '../../workers/waker.ts';
import { madeOf, provenancesOf, said, writeEntries } from '../fhir/provenances.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { dyingAfter } from '../support/dying-database.ts';
import { eventually } from '../support/eventually.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { addPartner } from '../support/network.ts';

const MIGRATION = new URL('../../src/db/migrations/0120-provenance.sql', import.meta.url);

const headOf = async (sql: Sql): Promise<string | undefined> =>
  (await sql.query<{ id: string }>('SELECT last_id::text AS id FROM provenance_head'))[0]?.id;

describe.each(databaseKinds())('the workers make Provenances (%s)', (kind) => {
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

  test('of what partners change, though nobody asks, each once', async () => {
    const clinic = await addPartner(hub, 'A Clinic');
    const body = { resourceType: 'Patient' };
    const patient = await done<Patient>(call('POST', `${hub.fhir}/Patient`, { token: clinic.token, body }));
    await writeEntries(hub.deps.db, 1, 450);
    await eventually(async () => {
      expect(await madeOf(hub.deps.db)).toEqual({ all: 450, versions: 450, entries: 0 });
      const [head] = await hub.deps.db.query('SELECT 1 FROM provenance_head, audit_head h WHERE h.last_id >= 450');
      expect(head).toBeDefined();
    });
    expect((await provenancesOf(hub, `Patient/${patient.id}`)).map(said)).toEqual([
      ['Patient 1', 'CREATE', `Organization/${clinic.id}`],
    ]);
    expect(await verifyAudit(hub.deps.db)).toMatchObject({ ok: true });
  });
});

describe.each(databaseKinds())('making Provenances of the audit (%s)', (kind) => {
  let hub: TestHub;
  let db: Database;
  let store: Store;
  let next = 1;
  beforeAll(async () => {
    hub = await startHub(kind);
    ({ db, store } = hub.deps);
  });
  afterAll(() => hub?.close());

  const write = async (sql: Sql, count: number): Promise<void> => {
    await writeEntries(sql, next, count);
    next += count;
  };
  const expectEachOnce = async (): Promise<void> =>
    expect(await madeOf(db)).toEqual({ all: next - 1, versions: next - 1, entries: 0 });

  test('by several at once makes each once', async () => {
    await write(db, 700);
    const made = await Promise.all([makeProvenance(store), makeProvenance(store), makeProvenance(store)]);
    expect(made.reduce((sum, some) => sum + some, 0)).toBe(700);
    await expectEachOnce();
  });

  test('goes no further than the seals do, and looks at nothing twice that is sealed', async () => {
    await write(db, 3);
    await makeProvenance(store);
    const [unsealed] = await db.query('SELECT 1 FROM audit_head h JOIN provenance_head p ON p.last_id <= h.last_id');
    expect(unsealed).toBeDefined();
    await sealAudit(db, hub.deps.now());
    await makeProvenance(store);
    const [sealed] = await db.query<{ id: string }>('SELECT last_id::text AS id FROM audit_head');
    expect(await headOf(db)).toBe(sealed?.id);
    await expectEachOnce();
  });

  test('that dies at any of its statements has made nothing, and makes each once the next time', async () => {
    for (let statements = 1, died = true; died; statements += 1) {
      await write(db, 2);
      const { all } = await madeOf(db);
      died = await makeProvenance({ ...store, db: dyingAfter(db, statements) }).then(
        () => false,
        () => true,
      );
      expect((await madeOf(db)).all).toBe(died ? all : next - 1);
      expect(died || statements > 4).toBe(true);
    }
    await sealAudit(db, hub.deps.now());
    await makeProvenance(store);
    await expectEachOnce();
    expect(await verifyAudit(db)).toMatchObject({ ok: true });
  });

  test('after an upgrade begins where the last seal ends: what was changed before has none', async () => {
    await db.query('DELETE FROM resource WHERE type = $1', ['Provenance']);
    await sealAudit(db, hub.deps.now());
    await db.query('DROP TABLE provenance_head');
    await db.query('DROP INDEX audit_provenance');
    for (const statement of readFileSync(MIGRATION, 'utf8')
      .split(/;\n/)
      .filter((each) => each.trim() !== '')) {
      await db.query(statement);
    }
    await write(db, 2);
    expect(await makeProvenance(store)).toBe(2);
  });
});

const server = databaseKinds().includes('server') ? describe : describe.skip;

server('on a server with many connections', () => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub('server');
  });
  afterAll(() => hub?.close());

  test('a change that is committed after a later one is not missed, nor waited for', async () => {
    const { db, store } = hub.deps;
    const written = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const late = db.transaction(async (tx) => {
      await writeEntries(tx, 1, 1);
      written.resolve();
      await ended.promise;
    });
    await written.promise;
    await writeEntries(db, 2, 1);
    expect(await makeProvenance(store)).toBe(1);
    ended.resolve();
    await late;
    await sealAudit(db, hub.deps.now());
    expect(await makeProvenance(store)).toBe(1);
    expect(await madeOf(db)).toEqual({ all: 2, versions: 2, entries: 0 });
  });

  test('nor is one that is committed and sealed while others are being made', async () => {
    const { db, store } = hub.deps;
    await db.query('DELETE FROM resource WHERE type = $1', ['Provenance']);
    const written = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    const late = db.transaction(async (tx) => {
      await writeEntries(tx, 1_001, 1);
      written.resolve();
      await ended.promise;
    });
    await written.promise;
    await writeEntries(db, 1_002, 250);
    let transactions = 0;
    const watched: Database = {
      ...db,
      query: (...asked) => db.query(...asked),
      transaction: async (work) => {
        transactions += 1;
        if (transactions === 2) {
          ended.resolve();
          await late;
          expect(await sealAudit(db, hub.deps.now())).toBeGreaterThan(250);
        }
        return db.transaction(work);
      },
    };
    expect(await makeProvenance({ ...store, db: watched })).toBe(250);
    expect(await makeProvenance(store)).toBe(1);
    expect(await madeOf(db)).toEqual({ all: 251, versions: 251, entries: 0 });
  });
});
