import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { Sql } from '../../../src/db/database.ts';
import type { Caller } from '../../../src/fhir/caller.ts';
import { seesRestricted } from '../../../src/fhir/sharing/restricted.ts';
import type { LoopCounts } from '../../../src/loops/api.ts';
import { asSeenBy } from '../../../src/loops/as-seen-by.ts';
import { countLoops } from '../../../src/loops/counts/count-loops.ts';
import { foldCounts } from '../../../src/loops/counts/fold.ts';
import { differingCounts, recountLoops } from '../../../src/loops/counts/recount.ts';
import type { LoopRow } from '../../../src/loops/projection/project.ts';
import { listLoops } from '../../../src/loops/worklist/list.ts';
import type { LoopFilter } from '../../../src/loops/worklist/query.ts';
import type { Viewer } from '../../../src/loops/worklist/viewer.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../../support/database.ts';
import { change, HUB, moment, NOON, write } from './random-changes.ts';

const RUNS_MS = 240_000;

const CALLERS: readonly Caller[] = [
  { kind: 'hub', organizationId: HUB },
  { kind: 'operator', organizationId: HUB },
  { kind: 'operator', organizationId: HUB, roles: ['case-manager', 'protection-worker'] },
  { kind: 'client', organizationId: 'anna' },
  { kind: 'client', organizationId: 'pantry', roles: ['agency-worker'] },
  { kind: 'client', organizationId: 'anna', roles: ['hospital-viewer'], view: { kind: 'sent' } },
  { kind: 'client', organizationId: 'homes', roles: ['protection-worker'] },
  { kind: 'client', organizationId: 'nobody' },
];

/** What a caller is shown of loops, gone through one by one. */
function shownByHand(rows: readonly LoopRow[], caller: Caller): LoopRow[] {
  const own = caller.kind === 'client' ? caller.organizationId : undefined;
  return rows
    .filter(({ parties }) => own === undefined || parties.includes(own))
    .filter((row) => !caller.view || row.sender_org === own)
    .filter((row) => seesRestricted(caller) || !row.restricted)
    .map((row) => (own === undefined ? row : asSeenBy(row, own, HUB)));
}

/** The numbers as somebody would count them who goes through that. */
function countedByHand(rows: readonly LoopRow[], caller: Caller, now: Date): LoopCounts {
  const shown = shownByHand(rows, caller);
  const open = shown.filter(({ state }) => state === 'open');
  const isLate = (row: LoopRow): boolean => row.next_step !== null && row.due !== null && new Date(row.due) < now;
  const kinds = Map.groupBy(
    open.filter(({ next_step }) => next_step !== null),
    (row) => JSON.stringify([row.next_step, row.waiting_on, row.escalation]),
  );
  const steps = [...kinds].map(([kind, of]) => {
    const [step, waitingOn, escalation] = JSON.parse(kind);
    return { step, waitingOn, escalation, open: of.length, late: of.filter(isLate).length };
  });
  return { open: open.length, late: open.filter(isLate).length, closed: shown.length - open.length, steps };
}

type IsLeft = (shown: LoopRow, now: Date) => boolean;

/** What narrows a list, and whether it leaves a loop as it is shown. */
const FILTERS: readonly (readonly [Partial<LoopFilter>, IsLeft])[] = [
  [{}, () => true],
  [{ nextStep: ['decide'] }, ({ next_step }) => next_step === 'decide'],
  [{ waitingOn: ['receiver'] }, ({ waiting_on }) => waiting_on === 'receiver'],
  [{ overdue: true }, ({ next_step, due }, now) => next_step !== null && due !== null && new Date(due) < now],
  [{ sender: 'anna' }, ({ sender_org }) => sender_org === 'anna'],
  [{ sender: HUB }, ({ sender_org }) => sender_org === HUB],
  [{ receiver: 'pantry' }, ({ receiver_org }) => receiver_org === 'pantry'],
];

function byDue(one: LoopRow, other: LoopRow): number {
  const [due, later] = [one, other].map((row) => new Date(row.due ?? 0).getTime()) as [number, number];
  return due - later || (one.id < other.id ? -1 : 1);
}

/** The open ones in the order of their list, a few on each page. */
async function openPages(db: Sql, viewer: Viewer, filter: Partial<LoopFilter>, now: Date): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor: string | undefined; ; ) {
    const query = { state: 'open', sort: 'due', limit: 3, ...filter, cursor } as const;
    const { loops, next } = await listLoops(db, viewer, query, now);
    ids.push(...loops.map(({ id }) => id));
    if (next === null) return ids;
    cursor = next;
  }
}

function inAnyOrder({ steps, ...counts }: LoopCounts): unknown {
  return { ...counts, steps: steps.map((step) => JSON.stringify(Object.entries(step).sort())).sort() };
}

async function standingRows(db: Sql): Promise<LoopRow[]> {
  return db.query<LoopRow>('SELECT * FROM loop');
}

describe.each(databaseKinds())('how many loops there are (%s)', (kind) => {
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(kind);
  });
  afterAll(() => database?.close());

  test(
    'whatever happens to loops, is told each as if they were gone through one by one, and the list is of those',
    async () => {
      const { db } = database;
      const [changes, asked] = [
        fc.array(change, { minLength: 1, maxLength: 12 }),
        fc.tuple(fc.constantFrom(...CALLERS), moment, fc.constantFrom('due', '-received'), fc.constantFrom(...FILTERS)),
      ];
      await fc.assert(
        fc.asyncProperty(changes, asked, async (all, [caller, now, sort, [filter, isLeft]]) => {
          for (const each of all) {
            await each(db);
            const counts = await countLoops(db, { caller, hubOrg: HUB }, now);
            expect(inAnyOrder(counts)).toEqual(inAnyOrder(countedByHand(await standingRows(db), caller, now)));
          }
          const rows = await standingRows(db);
          for (const each of CALLERS) {
            const viewer = { caller: each, hubOrg: HUB };
            expect(inAnyOrder(await countLoops(db, viewer, now))).toEqual(inAnyOrder(countedByHand(rows, each, now)));
            const { loops } = await listLoops(db, viewer, { state: 'all', sort, limit: 200 }, now);
            const shown = shownByHand(rows, each);
            expect(loops.map(({ id }) => id).sort()).toEqual(shown.map(({ id }) => id).sort());
            const left = shown.filter((row) => row.state === 'open' && isLeft(row, now)).sort(byDue);
            expect(await openPages(db, viewer, filter, now)).toEqual(left.map(({ id }) => id));
          }
          expect(await differingCounts(db)).toEqual([]);
        }),
        { numRuns: 40 },
      );
    },
    RUNS_MS,
  );

  test('what has gone wrong is found, and mended while the hub goes on', async () => {
    const { db } = database;
    await db.query('DELETE FROM loop');
    await foldCounts(db);
    const open = { id: 'loop1', isOpen: true, sender: 'anna', legs: [], step: 'decide', ofSender: true } as const;
    await write([{ ...open, legs: [], escalation: null, due: new Date(NOON), restricted: false, isDirect: false }])(db);
    await db.query(`UPDATE loop_count SET loops = loops + 1 WHERE party IN ('', 'anna')`);
    expect(await differingCounts(db)).toEqual(['open loops of the hub', 'open loops of Organization/anna']);
    await Promise.all([recountLoops(db), recountLoops(db)]);
    expect(await differingCounts(db)).toEqual([]);
    await foldCounts(db);
    expect(await db.query('SELECT party, loops::int AS loops, added FROM loop_count ORDER BY party')).toEqual([
      { party: '', loops: 1, added: false },
      { party: 'anna', loops: 1, added: false },
    ]);
    expect(await foldCounts(db)).toBe(false);
  });
});
