import { describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { type Evidence, judge } from './audit.ts';
import type { Loop, TimelineEntry } from './hub/loops.ts';
import type { LedgerEntry } from './ledger.ts';

const LEG = { id: 'leg', organization: { id: 'food', name: 'Northside' }, status: 'completed', reason: null };

function told(status: string, second: number): LedgerEntry {
  const modified = `2026-03-02T09:00:0${second}.000Z`;
  return { at: modified, kind: 'told', what: 'updated', about: 'x|1', status, modified };
}

function step(from: string | null, to: string): TimelineEntry {
  return { id: `${from}-${to}`, kind: 'status', of: 'root', organization: null, from, to };
}

function loopWith(timeline: readonly TimelineEntry[]): Loop {
  const closed = {
    state: 'closed',
    status: 'completed',
    outcome: { code: 'services-provided' },
    nextStep: null,
  } as const;
  return {
    id: 'loop',
    client: { name: 'A', reference: 'Patient/a' },
    service: 'Food',
    updatedAt: '',
    closedAt: '',
    legs: [LEG],
    timeline,
    ...closed,
  };
}

function outputs(count: number): Task {
  const output = Array.from({ length: count }, (_, at) => ({
    type: { text: 'done' },
    valueReference: { reference: `Procedure/${at}` },
  }));
  return { resourceType: 'Task', status: 'completed', intent: 'order', output };
}

const GOOD: Evidence = {
  identifier: 'x|1',
  roots: [outputs(1)],
  loop: loopWith([step(null, 'requested'), step('requested', 'accepted'), step('accepted', 'completed')]),
  told: [told('accepted', 1), told('accepted', 1), told('completed', 2), told('completed', 2)],
  heldBySender: 1,
  legs: [{ leg: LEG, heldByReceiver: 1 }],
};

function verdict(change: Partial<Evidence>): { lost: number; duplicated: number; outOfOrder: number } {
  const { lost, duplicated, outOfOrder } = judge([GOOD, { ...GOOD, ...change }]);
  return { lost: lost.length, duplicated: duplicated.length, outOfOrder: outOfOrder.length };
}

const NONE = { lost: 0, duplicated: 0, outOfOrder: 0 };

describe('the audit of a run', () => {
  test('finds nothing where all arrived, once, in order; the same said twice is no fault', () => {
    expect(verdict({})).toEqual(NONE);
  });

  test.each<[string, Partial<Evidence>]>([
    ['a referral the hub does not have', { roots: [] }],
    ['a hospital that never heard how it ended', { told: [told('accepted', 1)] }],
    ['an offer that never arrived', { legs: [{ leg: LEG, heldByReceiver: 0 }] }],
  ])('finds %s lost', (_, change) => {
    expect(verdict(change)).toEqual({ ...NONE, lost: 1 });
  });

  test.each<[string, Partial<Evidence>]>([
    ['two referrals under one identifier', { roots: [outputs(1), outputs(0)] }],
    ['two Tasks at the hospital', { heldBySender: 2 }],
    ['two Tasks for one offer', { legs: [{ leg: LEG, heldByReceiver: 2 }] }],
    ['two Procedures for one visit', { roots: [outputs(2)] }],
  ])('finds %s', (_, change) => {
    expect(verdict(change)).toEqual({ ...NONE, duplicated: 1 });
  });

  test.each<[string, Partial<Evidence>]>([
    ['an older version after a newer one', { told: [told('accepted', 2), told('accepted', 1), told('completed', 3)] }],
    ['a status that goes back', { told: [told('in-progress', 1), told('accepted', 2), told('completed', 3)] }],
    ['news after the end', { told: [told('completed', 1), told('failed', 2)] }],
    [
      'a step applied twice',
      { loop: loopWith([step(null, 'requested'), step('requested', 'accepted'), step('requested', 'accepted')]) },
    ],
  ])('finds %s', (_, change) => {
    expect(verdict(change)).toEqual({ ...NONE, outOfOrder: 1 });
  });
});
