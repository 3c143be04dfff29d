import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { rollUp } from '../../../../src/loops/status/roll-up.ts';
import { transition } from '../../../../src/loops/status/transition.ts';
import { isTerminal, TASK_STATUSES, type TaskStatus } from '../../../../src/loops/words.ts';

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

/** What loop.md says in words, as plainly as it can be put: a second way to the same answer. */
function oracle(root: TaskStatus, of: readonly { status: TaskStatus; hasOutput: boolean }[]): TaskStatus {
  const all = (...statuses: TaskStatus[]): boolean => of.every(({ status }) => statuses.includes(status));
  const any = (...statuses: TaskStatus[]): boolean => of.some(({ status }) => statuses.includes(status));
  const over = of.every(({ status }) => isTerminal(status));
  if (of.length === 0) return root;
  if (over && any('completed'))
    return of.every(({ status, hasOutput }) => status !== 'completed' || hasOutput) ? 'completed' : 'in-progress';
  // All ended and nothing came of it: nobody has said yet that nobody else will be asked.
  if (over) return root;
  if (any('in-progress', 'completed')) return 'in-progress';
  if (all('on-hold', 'failed', 'rejected', 'cancelled', 'entered-in-error'))
    return root === 'requested' ? 'accepted' : 'on-hold';
  if (!any('accepted')) return root;
  if (root === 'on-hold') return 'in-progress';
  return root === 'requested' ? 'accepted' : root;
}

test('what is seen of every combination of legs is what the words say', () => {
  const live = roots.filter((root) => !isTerminal(root));
  fc.assert(
    fc.property(live, legs, (root, of) => {
      expect(rollUp(root, of).status).toBe(oracle(root, of));
    }),
    { numRuns: 3_000 },
  );
});
