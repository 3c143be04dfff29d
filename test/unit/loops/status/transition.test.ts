import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { legalNext, type Side, transition } from '../../../../src/loops/status/transition.ts';
import { isTerminal, TASK_STATUSES, type TaskStatus } from '../../../../src/loops/words.ts';
import { CELLS, SIDES, wantedIn } from './status-table.ts';

const WHY = 'because';

const statuses = fc.constantFrom(...TASK_STATUSES);
const sides = fc.constantFrom(...SIDES);

function found(from: TaskStatus, to: string, side: Side): string {
  const verdict = transition(from, to, side, WHY);
  if (verdict.kind !== 'steps') return verdict.kind;
  return verdict.steps.length === 1 ? 'one step' : 'two steps';
}

describe('a status may follow another', () => {
  test('the table names every status, on both sides of it', () => {
    expect(CELLS).toHaveLength(TASK_STATUSES.length ** 2);
    expect(new Set(CELLS.map(({ to }) => to))).toEqual(new Set(TASK_STATUSES));
  });

  test.each(SIDES)('as the table says, cell by cell, for the %s', (side) => {
    const wanted = CELLS.map(({ from, to, cell }) => `${from} → ${to}: ${wantedIn(cell, side)}`);
    expect(CELLS.map(({ from, to }) => `${from} → ${to}: ${found(from, to, side)}`)).toEqual(wanted);
  });

  test.each(['in-progress', 'completed'] as const)(
    'who goes from requested to %s has accepted, by implication',
    (to) => {
      expect(transition('requested', to, 'owner', undefined)).toEqual({
        kind: 'steps',
        steps: [
          { from: 'requested', to: 'accepted', implied: true },
          { from: 'accepted', to, implied: false },
        ],
      });
    },
  );

  test('a final status is never left, whoever tries', () => {
    const final = fc.constantFrom(...TASK_STATUSES.filter(isTerminal));
    fc.assert(
      fc.property(final, fc.oneof(statuses, fc.string()), sides, fc.option(fc.string()), (from, to, side, reason) => {
        const { kind } = transition(from, to, side, reason ?? undefined);
        expect(kind).toBe(from === to ? 'same' : 'refused');
      }),
    );
  });

  test('the same status again is nothing new, with or without a reason', () => {
    fc.assert(
      fc.property(statuses, sides, fc.option(fc.string()), (status, side, reason) => {
        expect(transition(status, status, side, reason ?? undefined)).toEqual({ kind: 'same' });
      }),
    );
  });

  test('the steps of a verdict lead from where the Task is to where it shall be, without a gap', () => {
    fc.assert(
      fc.property(statuses, statuses, sides, (from, to, side) => {
        const verdict = transition(from, to, side, WHY);
        if (verdict.kind !== 'steps') return;
        expect([verdict.steps[0]?.from, verdict.steps.at(-1)?.to]).toEqual([from, to]);
        for (const [at, step] of verdict.steps.slice(1).entries()) expect(step.from).toBe(verdict.steps[at]?.to);
        // Only what was left out is implied: never the step that was reported.
        expect(verdict.steps.at(-1)?.implied).toBe(false);
      }),
    );
  });
});

describe('a refusal', () => {
  test('names the current status, the attempted one, and every legal next one', () => {
    fc.assert(
      fc.property(statuses, fc.oneof(statuses, fc.stringMatching(/^[a-z]{3,12}$/)), sides, (from, to, side) => {
        const verdict = transition(from, to, side, WHY);
        if (verdict.kind !== 'refused') return;
        expect(verdict.text).toContain(`The Task is ${from} and cannot become ${to}.`);
        for (const next of legalNext(from, side)) expect(verdict.text).toContain(next);
      }),
    );
  });

  test.each<[TaskStatus, string, Side, string]>([
    [
      'requested',
      'on-hold',
      'owner',
      'The Task is requested and cannot become on-hold. The step does not exist. From requested the owner may go to: accepted, rejected, in-progress, completed, cancelled.',
    ],
    [
      'requested',
      'accepted',
      'requester',
      'The Task is requested and cannot become accepted. The other side does that. From requested the requester may go to: cancelled, entered-in-error.',
    ],
    [
      'completed',
      'in-progress',
      'owner',
      'The Task is completed and cannot become in-progress. completed is final. To ask again, send a new referral that replaces this one. From completed the owner may change nothing.',
    ],
    [
      'requested',
      'received',
      'owner',
      'The Task is requested and cannot become received. "received" is not a status of referral Tasks. From requested the owner may go to: accepted, rejected, in-progress, completed, cancelled.',
    ],
  ])('of %s → %s by the %s reads well', (from, to, side, text) => {
    expect(transition(from, to, side, WHY)).toEqual({ kind: 'refused', element: 'status', text });
  });
});

describe('a status that says nothing by itself', () => {
  test.each(['rejected', 'cancelled', 'on-hold', 'failed'] as const)('needs a reason in words: %s', (to) => {
    const from = to === 'rejected' ? 'requested' : 'accepted';
    const refusal = `A Task that becomes ${to} needs statusReason.text: say why, for the person who asked.`;
    for (const reason of [undefined, '', ' \n']) {
      expect(transition(from, to, 'owner', reason)).toEqual({
        kind: 'refused',
        element: 'statusReason',
        text: refusal,
      });
    }
    expect(transition(from, to, 'owner', 'No room')).toMatchObject({ kind: 'steps' });
  });

  test('as little does a request to stop what was begun', () => {
    const refusal = 'A Task that becomes cancelled needs statusReason.text: say why, for those who have begun.';
    expect(transition('in-progress', 'cancelled', 'requester', ' ')).toEqual({
      kind: 'refused',
      element: 'statusReason',
      text: refusal,
    });
    expect(transition('in-progress', 'cancelled', 'requester', 'Moved')).toEqual({ kind: 'cancel-request' });
  });
});
