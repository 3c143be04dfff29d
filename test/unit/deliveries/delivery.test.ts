import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { SendOutcome } from '../../../src/channels/channel.ts';
import { DEFAULT_SCHEDULE_MS, type DeliveryState, mayStart, settlementOf } from '../../../src/deliveries/delivery.ts';

const NOW = new Date('2026-03-02T09:00:00Z');
const MINUTE_MS = 60_000;

const retry: SendOutcome = { kind: 'retry', code: 'ECONNREFUSED' };
const unknown: SendOutcome = { kind: 'unknown', code: 'timeout' };
const chances = fc.double({ min: 0, max: 1, noNaN: true });
const attempts = fc.integer({ min: 1, max: DEFAULT_SCHEDULE_MS.length });

/** How long the next attempt is put off, in ms. */
function waitAfter(outcome: SendOutcome, attempt: number, chance: number): number {
  const { nextAt } = settlementOf(outcome, attempt, DEFAULT_SCHEDULE_MS, NOW, chance);
  return (nextAt?.getTime() ?? Number.NaN) - NOW.getTime();
}

describe('the schedule', () => {
  test('lasts 75 hours and 36 minutes, in ten waits that only grow', () => {
    const total = DEFAULT_SCHEDULE_MS.reduce((sum, wait) => sum + wait, 0);
    // 75 h 36 min and the 5 s of the first wait.
    expect(total).toBe((75 * 60 + 36) * MINUTE_MS + 5_000);
    expect(DEFAULT_SCHEDULE_MS).toHaveLength(10);
    expect(DEFAULT_SCHEDULE_MS.toSorted((a, b) => a - b)).toEqual(DEFAULT_SCHEDULE_MS);
  });

  test('spreads each wait by up to a fifth, either way', () => {
    fc.assert(
      fc.property(fc.constantFrom(retry, unknown), attempts, chances, (outcome, attempt, chance) => {
        const planned = DEFAULT_SCHEDULE_MS[attempt - 1] ?? Number.NaN;
        const wait = waitAfter(outcome, attempt, chance);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(0.8 * planned));
        expect(wait).toBeLessThanOrEqual(1.2 * planned);
      }),
    );
    const first = DEFAULT_SCHEDULE_MS[0] ?? Number.NaN;
    expect([waitAfter(retry, 1, 0), waitAfter(retry, 1, 0.5), waitAfter(retry, 1, 1)]).toEqual([
      0.8 * first,
      first,
      1.2 * first,
    ]);
  });

  test('is over after the last wait: the delivery is dead, and never tried again by itself', () => {
    for (const outcome of [retry, unknown]) {
      expect(settlementOf(outcome, 10, DEFAULT_SCHEDULE_MS, NOW, 0.5).status).toBe('pending');
      expect(settlementOf(outcome, 11, DEFAULT_SCHEDULE_MS, NOW, 0.5)).toEqual({ status: 'dead', nextAt: undefined });
    }
  });
});

describe('a partner that asks for patience', () => {
  const patient = (ms: number): SendOutcome => ({
    kind: 'retry',
    code: 'http-503',
    notBefore: new Date(NOW.getTime() + ms),
  });

  test('is given it', () => {
    expect(waitAfter(patient(30_000), 1, 0.5)).toBe(30_000);
  });

  test('is not met sooner than planned', () => {
    expect(waitAfter(patient(1_000), 1, 0.5)).toBe(5_000);
    expect(waitAfter(patient(-60_000), 1, 0.5)).toBe(5_000);
  });

  test('is given at most twice the planned wait and a minute', () => {
    expect(waitAfter(patient(365 * 24 * 60 * MINUTE_MS), 1, 0.5)).toBe(2 * 5_000 + MINUTE_MS);
    fc.assert(
      fc.property(attempts, fc.integer({ min: -1e9, max: 1e12 }), chances, (attempt, asked, chance) => {
        const planned = DEFAULT_SCHEDULE_MS[attempt - 1] ?? Number.NaN;
        const wait = waitAfter(patient(asked), attempt, chance);
        expect(wait).toBeLessThanOrEqual(2 * planned + MINUTE_MS);
        expect(wait).toBeGreaterThanOrEqual(Math.floor(0.8 * planned));
      }),
    );
  });
});

describe('an outcome', () => {
  test.each<SendOutcome>([
    { kind: 'delivered', code: 'http-201' },
    { kind: 'rejected', code: 'http-422' },
  ])('$kind settles the delivery, whatever the attempt', (outcome) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), chances, (attempt, chance) => {
        expect(settlementOf(outcome, attempt, DEFAULT_SCHEDULE_MS, NOW, chance)).toEqual({
          status: outcome.kind,
          nextAt: undefined,
        });
      }),
    );
  });

  test('wait puts off the delivery until then, also after the last attempt', () => {
    const until = new Date('2026-03-02T09:05:00Z');
    for (const attempt of [1, 11, 99]) {
      expect(
        settlementOf({ kind: 'wait', code: 'endpoint-paused', until }, attempt, DEFAULT_SCHEDULE_MS, NOW, 0),
      ).toEqual({ status: 'pending', nextAt: until });
    }
  });
});

describe('a worker may start a delivery', () => {
  const past = new Date(NOW.getTime() - 1);
  const future = new Date(NOW.getTime() + 1);
  const state = (fields: Partial<DeliveryState>): DeliveryState => ({
    status: 'pending',
    leaseUntil: null,
    overtakes: false,
    inFlight: 0,
    ...fields,
  });

  test.each<[string, Partial<DeliveryState>, ReturnType<typeof mayStart>]>([
    ['that is pending', {}, 'go'],
    ['with room left in its lane', { inFlight: 7 }, 'go'],
    ['but not in a lane that is full', { inFlight: 8 }, 'lane-full'],
    ['but not before an earlier message of its loop', { overtakes: true }, 'overtakes'],
    ['and order comes before room', { overtakes: true, inFlight: 8 }, 'overtakes'],
    ['but not while another worker sends it', { status: 'sending', leaseUntil: future, inFlight: 1 }, 'taken'],
    ['whose worker was lost', { status: 'sending', leaseUntil: past, inFlight: 1 }, 'resume'],
    ['whose lease ends at this moment', { status: 'sending', leaseUntil: NOW }, 'resume'],
    ['whose worker left no lease', { status: 'sending' }, 'resume'],
    ['whose worker was lost, though its lane is full', { status: 'sending', leaseUntil: past, inFlight: 8 }, 'resume'],
    ['but not one that is delivered', { status: 'delivered' }, 'settled'],
    ['but not one that is rejected', { status: 'rejected' }, 'settled'],
    ['but not one that is dead', { status: 'dead' }, 'settled'],
    ['but not one that is withdrawn, even if it would overtake', { status: 'withdrawn', overtakes: true }, 'settled'],
  ])('%s', (_name, fields, start) => {
    expect(mayStart(state(fields), 8, NOW)).toBe(start);
  });
});
