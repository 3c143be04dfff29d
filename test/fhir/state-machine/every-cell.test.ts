import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { addPartner } from '../../support/network.ts';
import { CELLS, nextIn, SIDES, WITH_REASON, wantedIn } from '../../unit/loops/status/status-table.ts';
import { type Answered, type Parties, putAs, referralAt, tellOf } from './referral-at.ts';

const REASON = { text: 'because' };
/** What a status needs beside a reason. */
const OUTPUT = [{ type: { text: 'Done' }, valueString: 'Two boxes' }];
/** Not statuses of referral Tasks. */
const FOREIGN = ['received', 'ready'];

const CASES = CELLS.flatMap(({ from, to, cell }) =>
  SIDES.flatMap((side) =>
    [true, false].map((reasoned) => {
      const wanted = wantedIn(cell, side);
      const silent = !reasoned && WITH_REASON.includes(to) && wanted !== 'refused' && wanted !== 'same';
      return { from, to, side, reasoned, wanted: silent ? ('no reason' as const) : wanted };
    }),
  ),
);

const LEAVES: ReadonlySet<string> = new Set(['one step', 'two steps', 'cancel-request']);

describe.each(databaseKinds())('a referral Task (%s)', (kind) => {
  let hub: TestHub;
  let parties: Parties;
  beforeAll(async () => {
    hub = await startHub(kind);
    const requester = await addPartner(hub, 'St. Anna Hospital');
    parties = { requester, owner: await addPartner(hub, 'Homes First') };
  });
  afterAll(() => hub?.close());

  /** Those that nothing moves from where they are, by their status: one each will do. */
  const stays = new Map<string, Promise<Task & { id: string }>>();
  const standing = (from: string): Promise<Task & { id: string }> => {
    const known = stays.get(from) ?? referralAt(hub, parties, from);
    stays.set(from, known);
    return known;
  };

  const change = async (
    from: string,
    to: string,
    side: 'requester' | 'owner',
    reasoned: boolean,
    leaves = false,
  ): Promise<Answered & { told: Awaited<ReturnType<typeof tellOf>> }> => {
    const task = leaves ? await referralAt(hub, parties, from) : await standing(from);
    const { statusReason: _reason, ...asRead } = task;
    const wanted = { ...asRead, status: to, ...(reasoned ? { statusReason: REASON } : {}) };
    const before = await tellOf(hub, task.id);
    const answered = await putAs(hub, parties[side], to === 'completed' ? { ...wanted, output: OUTPUT } : wanted);
    const after = await tellOf(hub, task.id);
    return { ...answered, told: { ...after, steps: after.steps.slice(before.steps.length) } };
  };

  test.each(CASES.filter(({ from, side }) => from !== 'draft' || side === 'requester'))(
    '$from → $to by the $side, with a reason: $reasoned: $wanted',
    async ({ from, to, side, reasoned, wanted }) => {
      const { status, text, element, told } = await change(from, to, side, reasoned, LEAVES.has(wanted));
      switch (wanted) {
        case 'same':
          expect({ status, now: told.status, steps: told.steps }).toEqual({ status: 200, now: from, steps: [] });
          return;
        case 'one step':
          expect({ status, now: told.status }).toEqual({ status: 200, now: to });
          if (from !== 'draft') expect(told.steps).toEqual([{ from, to, implied: false }]);
          return;
        case 'two steps':
          expect({ status, now: told.status }).toEqual({ status: 200, now: to });
          expect(told.steps).toEqual([
            { from, to: 'accepted', implied: true },
            { from: 'accepted', to, implied: false },
          ]);
          return;
        case 'cancel-request':
          expect({ status, now: told.status, progress: told.progress }).toEqual({
            status: 200,
            now: from,
            progress: 'cancel-requested',
          });
          return;
        case 'no reason':
          expect({ status, element, now: told.status, steps: told.steps }).toEqual({
            status: 422,
            element: 'Task.statusReason',
            now: from,
            steps: [],
          });
          expect(text).toMatch(`A Task that becomes ${to} needs statusReason.text: say why, for `);
          return;
        case 'refused':
          expect({ status, element, now: told.status, steps: told.steps }).toEqual({
            status: 422,
            element: 'Task.status',
            now: from,
            steps: [],
          });
          expect(text).toMatch(`The Task is ${from} and cannot become ${to}. `);
          expect(text).toMatch(nextSentence(from, side));
      }
    },
  );

  test.each(FOREIGN.flatMap((to) => SIDES.map((side) => ({ to, side }))))(
    'is never $to, whichever side says so',
    async ({ to, side }) => {
      for (const from of ['requested', 'in-progress', 'completed']) {
        const { status, text, told } = await change(from, to, side, true);
        expect({ status, now: told.status, steps: told.steps }).toEqual({ status: 422, now: from, steps: [] });
        expect(text).toMatch(`The Task is ${from} and cannot become ${to}. "${to}" is not a status of referral Tasks.`);
        expect(text).toMatch(nextSentence(from, side));
      }
    },
  );

  test('that is a draft is nothing its owner knows of, whatever it says', async () => {
    for (const to of ['requested', 'accepted', 'cancelled', 'entered-in-error']) {
      const { status, told } = await change('draft', to, 'owner', true);
      // As of an id that nothing has.
      expect(status).toBe(405);
      expect(told.status).toBe('draft');
    }
  });
});

function nextSentence(from: string, side: 'requester' | 'owner'): string {
  const next = nextIn(from, side);
  return next.length > 0
    ? `From ${from} the ${side} may go to: ${next.join(', ')}.`
    : `From ${from} the ${side} may change nothing.`;
}
