import { describe, expect, test } from '@jest/globals';
import { type LegFacts, type LoopFacts, type NextStep, nextSteps } from '../../../../src/loops/next-step/next-step.ts';
import type { Priority } from '../../../../src/loops/policy/policy.ts';
import { HUB_CALENDAR, shipped } from '../projection/records.ts';

// A Monday.
const START = new Date('2026-03-02T09:00:00Z');
const LATER = new Date('2026-03-04T09:00:00Z');

const leg = (facts: Partial<LegFacts>): LegFacts => ({
  taskId: 'leg',
  organizationId: 'agency',
  status: 'requested',
  since: START,
  newsAt: START,
  offer: 'delivered',
  hasOutput: false,
  withheldSince: undefined,
  completeBy: undefined,
  ...facts,
});

const loop = (facts: Partial<LoopFacts>): LoopFacts => ({
  taskId: 'root',
  status: 'requested',
  senderOrg: 'hospital',
  isUnclear: false,
  statusSince: START,
  legs: [],
  questions: [],
  closingWaitsOn: 'hub',
  closingWaitsForConsent: false,
  closingIsKnown: false,
  confirmation: undefined,
  ...facts,
});

const next = (facts: Partial<LoopFacts>, priority?: Priority): NextStep =>
  nextSteps(loop(facts), shipped(priority), () => HUB_CALENDAR)[0];

describe('what is awaited', () => {
  test.each<[string, Partial<LoopFacts>, Partial<NextStep>]>([
    [
      'while nobody is asked: a choice of the case manager',
      {},
      { step: 'choose-recipient', waitingOn: 'case-manager', organizationId: undefined },
    ],
    [
      'while it does not say for whom or what is asked: that the case manager finds out',
      { isUnclear: true },
      { step: 'resolve-intake', waitingOn: 'case-manager', organizationId: undefined },
    ],
    [
      'while the offer is on its way: the hub',
      { legs: [leg({ offer: 'pending' })] },
      { step: 'deliver', waitingOn: 'hub', organizationId: 'agency' },
    ],
    [
      'when the offer cannot be delivered: a person',
      { legs: [leg({ offer: 'failed' })] },
      { step: 'deliver', waitingOn: 'case-manager' },
    ],
    [
      'when what it has answered on its own server could not be taken: a person',
      { legs: [leg({ untakenSince: LATER })] },
      {
        step: 'resolve-answer',
        waitingOn: 'case-manager',
        organizationId: undefined,
        since: LATER,
        due: new Date('2026-03-05T09:00:00Z'),
      },
    ],
    [
      'once the offer is there: a decision',
      { legs: [leg({ newsAt: LATER })] },
      { step: 'decide', waitingOn: 'receiver', since: LATER, due: new Date('2026-03-06T09:00:00Z') },
    ],
    [
      'after accepting: first contact',
      { legs: [leg({ status: 'accepted' })] },
      { step: 'first-contact', waitingOn: 'receiver', due: new Date('2026-03-05T09:00:00Z') },
    ],
    [
      'during the work: news, counted from the last',
      { legs: [leg({ status: 'in-progress', newsAt: LATER })] },
      { step: 'progress', since: LATER, due: new Date('2026-03-18T09:00:00Z') },
    ],
    ['on hold: that it goes on', { legs: [leg({ status: 'on-hold' })] }, { step: 'resume', waitingOn: 'receiver' }],
    [
      'after a bare "completed": what was done',
      { legs: [leg({ status: 'completed' })] },
      { step: 'report-outcome', waitingOn: 'receiver', organizationId: 'agency' },
    ],
    [
      'after a decline: a decision of the case manager',
      { legs: [leg({ status: 'rejected', since: LATER })] },
      { step: 'decide-after-decline', waitingOn: 'case-manager', since: LATER },
    ],
    [
      'after a failure: the same',
      { legs: [leg({ status: 'failed' })] },
      { step: 'decide-after-failure', waitingOn: 'case-manager' },
    ],
    [
      'after the end: that the sender knows',
      { status: 'completed', closingWaitsOn: 'sender' },
      { step: 'confirm-closing', waitingOn: 'sender', organizationId: 'hospital' },
    ],
  ])('%s', (_name, facts, wanted) => {
    expect(next(facts)).toMatchObject(wanted);
  });

  test('of several legs: what falls due first', () => {
    const legs = [leg({ organizationId: 'slow', status: 'in-progress' }), leg({ organizationId: 'asked' })];
    expect(next({ legs })).toMatchObject({ step: 'decide', organizationId: 'asked' });
    expect(next({ legs: legs.toReversed() })).toMatchObject({ step: 'decide', organizationId: 'asked' });
  });

  test('not a decision of those who declined, as long as another is asked', () => {
    const legs = [leg({ status: 'rejected' }), leg({ organizationId: 'second' })];
    expect(next({ legs })).toMatchObject({ step: 'decide', organizationId: 'second' });
  });

  test('the outcome by the end the sender gave, when that comes before the next news', () => {
    const facts = { legs: [leg({ status: 'in-progress', completeBy: LATER })] };
    expect(next(facts)).toMatchObject({ step: 'report-outcome', since: START, due: LATER });
  });

  test('a decision and a first contact by the end the sender gave, when that comes before the policy says', () => {
    const completeBy = new Date('2026-03-03T12:00:00Z');
    expect(next({ legs: [leg({ completeBy })] })).toMatchObject({ step: 'decide', due: completeBy });
    const accepted = leg({ status: 'accepted', completeBy });
    expect(next({ legs: [accepted] })).toMatchObject({ step: 'first-contact', due: completeBy });
  });

  test('a decision within the time of the policy, when the end the sender gave was over before', () => {
    const legs = [leg({ newsAt: LATER, completeBy: START })];
    expect(next({ legs })).toMatchObject({ step: 'decide', due: new Date('2026-03-06T09:00:00Z') });
  });

  test('the outcome after thirty days, however fresh the news', () => {
    const facts = { legs: [leg({ status: 'in-progress', newsAt: new Date('2026-03-30T09:00:00Z') })] };
    expect(next(facts)).toMatchObject({ step: 'report-outcome', due: new Date('2026-04-01T09:00:00Z') });
  });

  test('a decision sooner, the more urgent the referral is', () => {
    const due = (priority: Priority): number => next({ legs: [leg({})] }, priority).due.getTime();
    expect([due('stat'), due('asap'), due('urgent'), due('routine')]).toEqual(
      [due('stat'), due('asap'), due('urgent'), due('routine')].toSorted((a, b) => a - b),
    );
    expect(due('stat') - START.getTime()).toBe(3_600_000);
  });
});
