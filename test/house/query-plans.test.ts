import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Sql } from '../../src/db/database.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../support/database.ts';
import { fillBusyHub } from './busy-hub.ts';
import { HOT_AUDIT } from './hot-audit.ts';
import { HOT_CONSENTS } from './hot-consents.ts';
import { HOT_FETCHING } from './hot-fetching.ts';
import { HOT_LOOPS } from './hot-loops.ts';
import { HOT_MAILBOXES } from './hot-mailboxes.ts';
import { HOT, type Hot } from './hot-statements.ts';

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly Plans?: readonly Plan[];
}

const ALL: readonly Hot[] = [...HOT, ...HOT_AUDIT, ...HOT_CONSENTS, ...HOT_FETCHING, ...HOT_LOOPS, ...HOT_MAILBOXES];
const server = databaseKinds().includes('server') ? describe : describe.skip;

server('on a hub that has been busy for months no hot statement reads a whole table:', () => {
  let database: FreshDatabase;
  let deliveryId = '';
  beforeAll(async () => {
    database = await freshDatabase('server');
    await fillBusyHub(database.db);
    [{ id: deliveryId } = { id: '' }] = await database.db.query<{ id: string }>(
      `SELECT id FROM delivery WHERE status = 'pending' LIMIT 1`,
    );
  });
  afterAll(() => database?.close());

  const valuesOf = ({ values }: Hot): unknown[] => values.map((value) => (value === 'DELIVERY' ? deliveryId : value));

  test.each(ALL)('$name, planned for these values', async (hot) => {
    expectGood(await database.db.query(`EXPLAIN (FORMAT JSON) ${hot.text}`, valuesOf(hot)), hot);
  });

  test('one that does is found', async () => {
    const text = `SELECT id FROM resource WHERE content ->> 'status' = $1 ORDER BY id`;
    const bad: Hot = { name: 'bad', text, values: ['active'], indexes: ['resource_tokens'], inOrder: true };
    const found = { whole: ['resource'], sorts: [expect.stringContaining('Sort')], unused: ['resource_tokens'] };
    const explained = await database.db.query<Explained[number]>(`EXPLAIN (FORMAT JSON) ${text}`, bad.values);
    expect(faultsOf(explained, bad)).toMatchObject(found);
  });

  // A statement that was used often is planned once for all values.
  test.each(ALL.filter(({ forValues }) => !forValues))('$name, planned for any values', async (hot) => {
    expectGood(await database.db.transaction((tx) => explainGeneric(tx, hot.text, valuesOf(hot))), hot);
  });
});

type Explained = readonly { readonly 'QUERY PLAN': readonly [{ readonly Plan: Plan }] }[];

let prepared = 0;

async function explainGeneric(tx: Sql, text: string, values: readonly unknown[]): Promise<Explained> {
  prepared += 1;
  await tx.query('SET LOCAL plan_cache_mode = force_generic_plan');
  await tx.query(`PREPARE hot_${prepared} AS ${text}`);
  return tx.query(`EXPLAIN (FORMAT JSON) EXECUTE hot_${prepared}(${values.map(literal).join(', ')})`);
}

function literal(value: unknown): string {
  if (Array.isArray(value)) return `ARRAY[${value.map(literal).join(', ')}]::text[]`;
  if (value === null) return 'NULL';
  if (value instanceof Date) return `'${value.toISOString()}'`;
  return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
}

function expectGood(rows: Explained, hot: Hot): void {
  expect(faultsOf(rows, hot)).toEqual({ whole: [], sorts: [], unused: [] });
}

/** Tables read as a whole, sorting where rows should come in order, and indexes that are not used. */
function faultsOf(rows: Explained, { indexes, inOrder }: Hot): Record<'whole' | 'sorts' | 'unused', unknown[]> {
  const nodes = nodesOf(rows[0]?.['QUERY PLAN'][0].Plan);
  const used = new Set(nodes.map((node) => node['Index Name']));
  return {
    whole: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']),
    sorts: nodes.map((node) => node['Node Type']).filter((type) => inOrder && type.includes('Sort')),
    unused: indexes.filter((index) => !used.has(index)),
  };
}

function nodesOf(plan: Plan | undefined): Plan[] {
  return plan ? [plan, ...(plan.Plans ?? []).flatMap(nodesOf)] : [];
}
