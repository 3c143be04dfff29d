import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type LegState, rollUp } from '../../../src/loops/roll-up.ts';
import { transition } from '../../../src/loops/transition.ts';
import { isTerminal, TASK_STATUSES, type TaskStatus } from '../../../src/loops/words.ts';

const leg = (status: TaskStatus, hasOutput = false): LegState => ({ status, hasOutput });

/** Legs are never drafts: the hub makes them as requested. */
const legs = fc.array(
  fc.record({
    status: fc.constantFrom(...TASK_STATUSES.filter((status) => status !== 'draft')),
    hasOutput: fc.boolean(),
  }),
  { maxLength: 5 },
);
const roots = fc.constantFrom(...TASK_STATUSES.filter((status) => status !== 'draft'));

/** How far a referral has come; being on hold is being at work. */
const FAR: Partial<Record<TaskStatus, number>> = {
  requested: 0,
  accepted: 1,
  'in-progress': 2,
  'on-hold': 2,
  completed: 3,
};

describe('of the legs the sender sees', () => {
  test.each<[string, TaskStatus, LegState[], ReturnType<typeof rollUp>]>([
    ['nothing while nobody is asked', 'requested', [], { status: 'requested', progress: undefined }],
    ['nothing while the first is asked', 'requested', [leg('requested')], { status: 'requested', progress: undefined }],
    [
      'accepted with the first that accepts',
      'requested',
      [leg('requested'), leg('accepted')],
      { status: 'accepted', progress: null },
    ],
    [
      'in progress with the first that begins',
      'accepted',
      [leg('accepted'), leg('in-progress')],
      { status: 'in-progress', progress: null },
    ],
    [
      'that it waits when all that live wait',
      'in-progress',
      [leg('on-hold'), leg('rejected')],
      { status: 'on-hold', progress: null },
    ],
    [
      'that it goes on when one goes on',
      'on-hold',
      [leg('on-hold'), leg('in-progress')],
      { status: 'in-progress', progress: null },
    ],
    [
      'that it is being re-routed after a decline',
      'requested',
      [leg('rejected')],
      { status: 'requested', progress: 're-routing' },
    ],
    [
      'the same while the next one is asked',
      'requested',
      [leg('rejected'), leg('requested')],
      { status: 'requested', progress: 're-routing' },
    ],
    ['the same after a failure', 'in-progress', [leg('failed')], { status: 'in-progress', progress: 're-routing' }],
    [
      'accepted once the next one accepts',
      'requested',
      [leg('rejected'), leg('accepted')],
      { status: 'accepted', progress: null },
    ],
    [
      'no end while one of two goes on',
      'in-progress',
      [leg('completed', true), leg('requested')],
      { status: 'in-progress', progress: null },
    ],
    [
      'no end while its outcome cannot be read',
      'requested',
      [leg('completed', false)],
      { status: 'in-progress', progress: undefined },
    ],
    [
      'no end while one of two outcomes cannot be read',
      'in-progress',
      [leg('completed', true), leg('completed', false)],
      { status: 'in-progress', progress: undefined },
    ],
    [
      'the end when what was done can be read',
      'accepted',
      [leg('completed', true)],
      { status: 'completed', progress: null },
    ],
    [
      'the end although another declined',
      'accepted',
      [leg('rejected'), leg('completed', true)],
      { status: 'completed', progress: null },
    ],
  ])('%s', (_name, root, of, seen) => {
    expect(rollUp(root, of)).toEqual(seen);
  });
});

describe('whatever its legs do, a referral', () => {
  test('that has ended stays as it ended', () => {
    fc.assert(
      fc.property(roots.filter(isTerminal), legs, (root, of) => {
        expect(rollUp(root, of)).toEqual({ status: root, progress: undefined });
      }),
    );
  });

  test('never goes back', () => {
    fc.assert(
      fc.property(
        roots.filter((root) => !isTerminal(root)),
        legs,
        (root, of) => {
          expect(FAR[rollUp(root, of).status]).toBeGreaterThanOrEqual(FAR[root] ?? Number.NaN);
        },
      ),
    );
  });

  test('is completed only when no leg is alive, one is completed, and every completed one says what was done', () => {
    fc.assert(
      fc.property(
        roots.filter((root) => !isTerminal(root)),
        legs,
        (root, of) => {
          const done = of.filter(({ status }) => status === 'completed');
          const over = of.every(({ status }) => isTerminal(status));
          const told = over && done.length > 0 && done.every(({ hasOutput }) => hasOutput);
          expect(rollUp(root, of).status === 'completed').toBe(told);
        },
      ),
    );
  });

  test('is never declined, failed or cancelled by its legs', () => {
    fc.assert(
      fc.property(
        roots.filter((root) => !isTerminal(root)),
        legs,
        (root, of) => {
          expect(['rejected', 'failed', 'cancelled', 'entered-in-error']).not.toContain(rollUp(root, of).status);
        },
      ),
    );
  });

  test('takes only steps that the table allows an owner', () => {
    fc.assert(
      fc.property(roots, legs, (root, of) => {
        const { status } = rollUp(root, of);
        expect(['same', 'steps']).toContain(transition(root, status, 'owner', 'because').kind);
      }),
    );
  });

  test('comes to rest: looking again changes nothing', () => {
    fc.assert(
      fc.property(roots, legs, (root, of) => {
        const { status } = rollUp(root, of);
        // From requested to on hold it takes two looks: somebody accepted first.
        const settled = rollUp(rollUp(status, of).status, of).status;
        expect(rollUp(settled, of).status).toBe(settled);
      }),
    );
  });
});
