import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import type { Database, Sql } from '../../src/db/database.ts';
import type { Finding } from '../../src/fhir/audit/chain/finding.ts';
import { sealAudit } from '../../src/fhir/audit/chain/seal-audit.ts';
import { verifyAudit } from '../../src/fhir/audit/chain/verify-audit.ts';
import { call, done } from '../support/api.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

const NOW = new Date('2026-03-02T09:00:00Z');
const ROW = `INSERT INTO audit (recorded_at, action, organization_id, resource_type, resource_id, version)`;

/** Writes entries as one statement does. */
async function write(sql: Sql, count: number): Promise<void> {
  await sql.query(`${ROW} SELECT now(), 'C', 'org', 'Task', 'task' || n, 1 FROM generate_series(1, $1::int) AS n`, [
    count,
  ]);
}

describe.each(databaseKinds())('the audit in the database (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
    await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }));
    await sealAudit(hub.deps.db, NOW);
  });
  afterAll(() => hub?.close());

  test.each([
    [`UPDATE audit SET patient = 'other'`, 'audit'],
    ['DELETE FROM audit', 'audit'],
    ['TRUNCATE audit', 'audit'],
    [`DELETE FROM audit WHERE resource_id = 'none'`, 'audit'],
    [`UPDATE audit_seal SET hash = ''`, 'audit_seal'],
    ['DELETE FROM audit_seal', 'audit_seal'],
    ['TRUNCATE audit_seal', 'audit_seal'],
    ['DELETE FROM audit_head', 'audit_head'],
    ['TRUNCATE audit_head', 'audit_head'],
  ])('refuses, for the hub itself too: %s', async (statement, table) => {
    await expect(hub.deps.db.query(statement)).rejects.toMatchObject({
      code: 'CL002',
      message: `${table} is append-only: its rows are never changed and never removed`,
    });
  });

  test('lets the head of the chain only go on to the next seal', async () => {
    const back = hub.deps.db.query('UPDATE audit_head SET number = 0');
    await expect(back).rejects.toMatchObject({ code: 'CL002', message: 'audit_head only goes on to the next seal' });
  });
});

describe.each(databaseKinds())('the chain of the audit (%s)', (kind) => {
  let database: FreshDatabase;
  let db: Database;
  const verdict = (): ReturnType<typeof verifyAudit> => verifyAudit(db);

  beforeAll(async () => {
    database = await freshDatabase(kind);
    db = database.db;
    for (const count of [5, 1, 7]) {
      await write(db, count);
      await sealAudit(db, NOW);
    }
    await write(db, 2);
    for (const table of TABLES) await db.query(`CREATE TABLE ${table}_kept AS SELECT * FROM ${table}`);
  });
  afterAll(() => database?.close());
  afterEach(async () => {
    await tamper(...TABLES.map((table) => `DELETE FROM ${table}`), ...TABLES.map(back));
    expect((await verdict()).found).toBe(0);
  });

  const TABLES = ['audit', 'audit_seal', 'audit_head'];
  const back = (table: string): string =>
    `INSERT INTO ${table} ${table === 'audit' ? 'OVERRIDING SYSTEM VALUE ' : ''}SELECT * FROM ${table}_kept`;
  /** As somebody who may do everything in the database. */
  const tamper = async (...statements: string[]): Promise<void> => {
    for (const table of TABLES) await db.query(`ALTER TABLE ${table} DISABLE TRIGGER ALL`);
    for (const statement of statements) await db.query(statement);
    for (const table of TABLES) await db.query(`ALTER TABLE ${table} ENABLE TRIGGER ALL`);
  };

  test('says of an honest audit what is sealed and what is not yet', async () => {
    const [oldest] = await db.query<{ at: Date }>('SELECT min(recorded_at) AS at FROM audit WHERE id > 13');
    const [head] = await db.query<{ hash: string }>(`SELECT encode(hash, 'hex') AS hash FROM audit_head`);
    expect(await verdict()).toEqual({
      ok: true,
      entries: 13,
      seals: 3,
      head: { number: 3, hash: head?.hash },
      unsealed: { entries: 2, oldest: oldest?.at.toISOString() },
      findings: [],
      found: 0,
    });
  });

  const INSERT = `INSERT INTO audit (id, recorded_at, action, resource_type, resource_id, version)
    OVERRIDING SYSTEM VALUE VALUES`;
  test.each<[string, string[], Finding[]]>([
    [
      'an entry that was changed',
      [`UPDATE audit SET organization_id = 'x' WHERE id = 3`],
      [{ kind: 'entry-changed', entry: '3', seal: 1 }],
    ],
    [
      'a microsecond that was changed',
      [`UPDATE audit SET recorded_at = recorded_at + interval '1 microsecond' WHERE id = 6`],
      [{ kind: 'entry-changed', entry: '6', seal: 2 }],
    ],
    [
      'what is nobody any more',
      [`UPDATE audit SET organization_id = NULL WHERE id = 3`],
      [{ kind: 'entry-changed', entry: '3', seal: 1 }],
    ],
    [
      'an entry that was removed',
      ['DELETE FROM audit WHERE id = 13'],
      [{ kind: 'entry-removed', entry: '13', seal: 3 }],
    ],
    [
      'entries that changed places',
      [`UPDATE audit SET resource_id = CASE id WHEN 2 THEN 'task4' ELSE 'task2' END WHERE id IN (2, 4)`],
      [
        { kind: 'entry-changed', entry: '2', seal: 1 },
        { kind: 'entry-changed', entry: '4', seal: 1 },
      ],
    ],
    [
      'an entry that was put before all others',
      [`${INSERT} (-7, now(), 'C', 'Task', 'x', 1)`],
      [{ kind: 'entry-inserted', entry: '-7', seal: 1 }],
    ],
    [
      'an entry that was put in the place of another',
      ['DELETE FROM audit WHERE id = 6', `${INSERT} (6, now(), 'C', 'Task', 'x', 1)`],
      [{ kind: 'entry-changed', entry: '6', seal: 2 }],
    ],
    [
      'a seal that was changed',
      ['UPDATE audit_seal SET entries = 4 WHERE number = 1'],
      [{ kind: 'seal-changed', seal: 1 }],
    ],
    [
      'a hash that was changed',
      [`UPDATE audit_seal SET hash = '\\x00' WHERE number = 2`],
      [{ kind: 'seal-changed', seal: 2 }],
    ],
    [
      'a seal that was moved',
      [`UPDATE audit_seal SET sealed_at = sealed_at - interval '1 day' WHERE number = 3`],
      [{ kind: 'seal-changed', seal: 3 }],
    ],
    ['the first seal, removed', ['DELETE FROM audit_seal WHERE number = 1'], [{ kind: 'seal-removed', seal: 1 }]],
    ['a seal in the middle, removed', ['DELETE FROM audit_seal WHERE number = 2'], [{ kind: 'seal-removed', seal: 2 }]],
    ['the last seal, removed', ['DELETE FROM audit_seal WHERE number = 3'], [{ kind: 'seal-removed', seal: 3 }]],
    [
      'everything removed',
      ['DELETE FROM audit', 'DELETE FROM audit_seal'],
      [1, 2, 3].map((seal) => ({ kind: 'seal-removed', seal })),
    ],
    [`a head that was changed`, [`UPDATE audit_head SET hash = '\\x00'`], [{ kind: 'head-changed', seal: 3 }]],
  ])('finds %s', async (_name, statements, findings) => {
    await tamper(...statements);
    const { ok, found, ...said } = await verdict();
    expect({ ok, found, findings: said.findings }).toEqual({ ok: false, found: findings.length, findings });
  });

  test('finds entries that were sealed anew after they were changed, and by a seal kept elsewhere the whole chain', async () => {
    const { head } = await verdict();
    // All of the last two seals made anew, as the hub would.
    await tamper(
      'DELETE FROM audit_seal WHERE number > 1',
      `UPDATE audit SET organization_id = 'x' WHERE id = 6`,
      'UPDATE audit_head SET number = 1, last_id = 5, hash = (SELECT hash FROM audit_seal)',
    );
    await sealAudit(db, NOW);
    expect((await verdict()).found).toBe(0);
    expect((await verifyAudit(db, head)).findings).toEqual([{ kind: 'seal-removed', seal: 3 }]);
    await write(db, 1);
    await sealAudit(db, NOW);
    expect((await verifyAudit(db, head)).findings).toEqual([{ kind: 'seal-replaced', seal: 3 }]);
  });
});

describe.each(databaseKinds())('sealing the audit (%s)', (kind) => {
  let database: FreshDatabase;
  let db: Database;
  beforeAll(async () => {
    database = await freshDatabase(kind);
    db = database.db;
  });
  afterAll(() => database?.close());

  test('is honest beside eight writers, some of whom undo what they wrote, and two others that seal', async () => {
    let writing = true;
    const writer = async (): Promise<void> => {
      for (let at = 0; at < 40; at += 1) {
        const work = db.transaction(async (tx) => {
          await write(tx, 1 + (at % 3));
          await write(tx, 1);
          if (at % 4 === 0) throw new Error('undone');
        });
        await work.catch((thrown: Error) => expect(thrown.message).toBe('undone'));
      }
    };
    const sealer = async (): Promise<void> => {
      while (writing) {
        await sealAudit(db, NOW);
        expect((await verifyAudit(db)).findings).toEqual([]);
      }
    };
    const sealers = [sealer(), sealer()];
    await Promise.all(Array.from({ length: 8 }, writer));
    writing = false;
    await Promise.all(sealers);
    await sealAudit(db, NOW);
    const [row] = await db.query<{ entries: number }>('SELECT count(*)::int AS entries FROM audit');
    const verdict = await verifyAudit(db);
    expect(verdict).toMatchObject({ ok: true, entries: row?.entries, unsealed: { entries: 0, oldest: null } });
    expect(verdict.seals).toBeGreaterThan(1);
  });

  test('makes seals of a thousand entries, and nothing when there is nothing new', async () => {
    const { seals } = await verifyAudit(db);
    await write(db, 2_500);
    expect(await sealAudit(db, NOW)).toBe(2_500);
    expect(await sealAudit(db, NOW)).toBe(0);
    expect(await verifyAudit(db)).toMatchObject({ ok: true, seals: seals + 3 });
  });

  test('that dies at any of its statements leaves a chain that holds, and goes on the next time', async () => {
    for (let statements = 1, died = true; died; statements += 1) {
      await write(db, 3);
      const { unsealed } = await verifyAudit(db);
      died = await sealAudit(dyingAfter(db, statements), NOW).then(
        () => false,
        () => true,
      );
      const verdict = await verifyAudit(db);
      expect(verdict).toMatchObject({ ok: true, unsealed: { entries: died ? unsealed.entries : 0 } });
      expect(died || statements > 4).toBe(true);
    }
  });
});

/** A database whose connection is lost at the given statement. */
function dyingAfter(db: Database, statements: number): Database {
  let left = statements;
  const dying = (sql: Sql): Sql['query'] => {
    return (text, values) => {
      left -= 1;
      if (left <= 0) throw new Error('connection lost');
      return sql.query(text, values);
    };
  };
  return {
    ...db,
    query: dying(db),
    transaction: (work) =>
      db.transaction((tx) => work({ query: dying(tx), commitWith: (rows) => tx.commitWith(rows) })),
  };
}

const server = databaseKinds().includes('server') ? describe : describe.skip;

server('on a server with many connections', () => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase('server');
  });
  afterAll(() => database?.close());

  test('an entry that is committed after a later one is not missed: sealing waits for its writer', async () => {
    const { db } = database;
    const looked = Promise.withResolvers<void>();
    const written = Promise.withResolvers<void>();
    let looks = 0;
    const watched: Database = {
      ...db,
      query: (text, values) => {
        if (text.includes('pg_locks')) looks += 1;
        if (looks === 3) looked.resolve();
        return db.query(text, values);
      },
    };
    const late = db.transaction(async (tx) => {
      await write(tx, 1);
      written.resolve();
      await looked.promise;
      expect((await verifyAudit(db)).seals).toBe(0);
    });
    await written.promise;
    await write(db, 1);
    const [sealed] = await Promise.all([sealAudit(watched, NOW), late]);
    expect(sealed).toBe(2);
    expect(await verifyAudit(db)).toMatchObject({ ok: true, entries: 2, seals: 1 });
  });
});
