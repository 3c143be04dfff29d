import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  type LegFacts,
  type LoopFacts,
  type NextStep,
  nextSteps,
  type QuestionFacts,
} from '../../../../src/loops/next-step/next-step.ts';
import { type LoopPolicy, PRIORITIES } from '../../../../src/loops/policy/policy.ts';
import { isTerminal, NEXT_STEPS, TASK_STATUSES, WAITING_ON } from '../../../../src/loops/words.ts';
import { HUB_CALENDAR, shipped } from '../projection/records.ts';

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
  completeBy: fc.option(moments, { nil: undefined }),
});
const anyQuestion = moments.map(
  (since): QuestionFacts => ({
    messageId: 'question',
    taskId: 'root',
    waitingOn: 'receiver',
    organizationId: 'a',
    since,
    due: new Date(since.getTime() + 3_600_000),
  }),
);
const anyLoop = fc.record<LoopFacts>({
  taskId: fc.constant('root'),
  status: fc.constantFrom(...TASK_STATUSES),
  senderOrg: fc.constant('hospital'),
  isUnclear: fc.boolean(),
  statusSince: moments,
  legs: fc.array(anyLeg, { maxLength: 4 }),
  questions: fc.array(anyQuestion, { maxLength: 2 }),
  closingWaitsOn: fc.constantFrom(...WAITING_ON),
  closingIsKnown: fc.boolean(),
  confirmation: fc.option(
    fc.record({
      taskId: fc.constant('asked'),
      awaits: fc.constantFrom('confirm-with-client' as const, 'decide-after-answer' as const),
      waitingOn: fc.constantFrom('client' as const, 'case-manager' as const),
      since: moments,
    }),
    { nil: undefined },
  ),
  closingWaitsForConsent: fc.boolean(),
});

const policies = fc.constantFrom(...PRIORITIES).map(shipped);
const next = (facts: LoopFacts, policy: LoopPolicy): NextStep => nextSteps(facts, policy, () => HUB_CALENDAR)[0];

describe('the promise, whatever the facts:', () => {
  test('there is one next step, somebody who must act, and a moment by which', () => {
    fc.assert(
      fc.property(anyLoop, policies, (facts, policy) => {
        const { step, waitingOn, since, due, organizationId } = next(facts, policy);
        expect(NEXT_STEPS).toContain(step);
        expect(WAITING_ON).toContain(waitingOn);
        // A deadline the sender gave may have passed before the work began: then it is late at once.
        expect(due > since || facts.legs.some(({ completeBy }) => due === completeBy)).toBe(true);
        if (waitingOn === 'receiver' && step !== 'confirm-closing' && step !== 'answer') {
          expect(facts.legs.map((each) => each.organizationId)).toContain(organizationId);
        }
      }),
    );
  });

  test('the facts are not touched, and give the same step again', () => {
    fc.assert(
      fc.property(anyLoop, policies, (facts, policy) => {
        const before = structuredClone(facts);
        expect(next(facts, policy)).toEqual(next(facts, policy));
        expect(facts).toEqual(before);
      }),
    );
  });

  test('an organization whose part is done and told is not waited for', () => {
    fc.assert(
      fc.property(anyLoop, policies, (facts, policy) => {
        const { step, waitingOn, organizationId } = next(facts, policy);
        // Who was asked something is waited for, whatever became of its part.
        if (waitingOn !== 'receiver' || step === 'answer' || isTerminal(facts.status)) return;
        const theirs = facts.legs.filter((each) => each.organizationId === organizationId);
        expect(
          theirs.some(({ status, hasOutput }) => !isTerminal(status) || (status === 'completed' && !hasOutput)),
        ).toBe(true);
      }),
    );
  });
});
