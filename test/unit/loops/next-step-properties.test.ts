import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type LegFacts, type LoopFacts, nextSteps } from '../../../src/loops/next-step.ts';
import { DEFAULT_POLICY } from '../../../src/loops/policy.ts';
import { isTerminal, NEXT_STEPS, TASK_STATUSES, WAITING_ON } from '../../../src/loops/words.ts';

const moments = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });
const anyLeg = fc.record<LegFacts>({
  taskId: fc.uuid(),
  organizationId: fc.constantFrom('a', 'b', 'c'),
  status: fc.constantFrom(...TASK_STATUSES),
  since: moments,
  newsAt: moments,
  offer: fc.constantFrom('pending', 'delivered', 'failed'),
  hasOutput: fc.boolean(),
  withheldSince: fc.option(moments, { nil: undefined }),
});
const anyLoop = fc.record<LoopFacts>({
  taskId: fc.constant('root'),
  status: fc.constantFrom(...TASK_STATUSES),
  priority: fc.constantFrom('routine', 'urgent', 'asap', 'stat'),
  senderOrg: fc.constant('hospital'),
  completeBy: fc.option(moments, { nil: undefined }),
  statusSince: moments,
  legs: fc.array(anyLeg, { maxLength: 4 }),
  closingWaitsOn: fc.constantFrom(...WAITING_ON),
  closingWaitsForConsent: fc.boolean(),
});

describe('the promise, whatever the facts:', () => {
  test('there is one next step, somebody who must act, and a moment by which', () => {
    fc.assert(
      fc.property(anyLoop, (facts) => {
        const { step, waitingOn, since, due, organizationId } = nextSteps(facts, DEFAULT_POLICY)[0];
        expect(NEXT_STEPS).toContain(step);
        expect(WAITING_ON).toContain(waitingOn);
        // A deadline the sender gave may have passed before the work began: then it is late at once.
        expect(due > since || due.getTime() === facts.completeBy?.getTime()).toBe(true);
        if (waitingOn === 'receiver' && step !== 'confirm-closing') {
          expect(facts.legs.map((each) => each.organizationId)).toContain(organizationId);
        }
      }),
    );
  });

  test('the facts are not touched, and give the same step again', () => {
    fc.assert(
      fc.property(anyLoop, (facts) => {
        const before = structuredClone(facts);
        expect(nextSteps(facts, DEFAULT_POLICY)[0]).toEqual(nextSteps(facts, DEFAULT_POLICY)[0]);
        expect(facts).toEqual(before);
      }),
    );
  });

  test('an organization whose part is done and told is not waited for', () => {
    fc.assert(
      fc.property(anyLoop, (facts) => {
        const { waitingOn, organizationId } = nextSteps(facts, DEFAULT_POLICY)[0];
        if (waitingOn !== 'receiver' || isTerminal(facts.status)) return;
        const theirs = facts.legs.filter((each) => each.organizationId === organizationId);
        expect(
          theirs.some(({ status, hasOutput }) => !isTerminal(status) || (status === 'completed' && !hasOutput)),
        ).toBe(true);
      }),
    );
  });
});
