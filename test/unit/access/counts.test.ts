import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { Counts, type Limit } from '../../../src/access/limits/counts.ts';
import { networkOf } from '../../../src/http/limits/who.ts';

const perMinute = (most: number): Limit => ({ name: 'minute', spanMs: 60_000, most });
const NOON = Date.parse('2026-03-02T12:00:00Z');

describe('a limit', () => {
  test('lets through as many as it says in each span, and says how long it is to wait', () => {
    const counts = new Counts();
    const limit = perMinute(2);
    expect([1, 2].map((at) => counts.take(limit, 'a', NOON + at))).toEqual([undefined, undefined]);
    expect(counts.take(limit, 'a', NOON + 1_500)).toEqual({ limit, secondsLeft: 59, isNew: true });
    expect(counts.take(limit, 'a', NOON + 59_999)).toEqual({ limit, secondsLeft: 1, isNew: false });
    expect(counts.take(limit, 'b', NOON + 59_999)).toBeUndefined();
    expect(counts.take(limit, 'a', NOON + 60_000)).toBeUndefined();
  });

  test('of 0 is none; looking counts nothing', () => {
    const counts = new Counts();
    for (let at = 0; at < 100; at += 1) expect(counts.take(perMinute(0), 'a', NOON)).toBeUndefined();
    for (let at = 0; at < 100; at += 1) expect(counts.look(perMinute(1), 'a', NOON)).toBeUndefined();
    expect(counts.take(perMinute(1), 'a', NOON)).toBeUndefined();
    expect(counts.look(perMinute(1), 'a', NOON)).toBeDefined();
    expect(counts.look(perMinute(1), 'a', NOON + 60_000)).toBeUndefined();
  });

  test('holds over processes that tell each other, whatever each has counted when', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom('one', 'two', 'share'), { maxLength: 60 }), (steps) => {
        const [one, two, limit] = [new Counts(), new Counts(), perMinute(20)];
        let [all, passed] = [0, 0];
        const share = (): void => {
          for (const counts of [one, two, one]) {
            for (const untold of counts.takeUntold()) all += untold.count;
            const said = { name: 'minute', who: 'a', endsAt: NOON + 60_000, count: all };
            counts.hear(said);
          }
        };
        for (const step of steps) {
          if (step === 'share') share();
          else if (!(step === 'one' ? one : two).take(limit, 'a', NOON)) passed += 1;
        }
        share();
        expect(all).toBe(passed);
        expect(passed).toBeLessThanOrEqual(40);
        const mayGoOn = passed < 20;
        expect(one.look(limit, 'a', NOON) === undefined).toBe(mayGoOn);
        expect(two.look(limit, 'a', NOON) === undefined || passed === 0).toBe(mayGoOn);
      }),
    );
  });

  test('is kept for a bounded number of names', () => {
    const counts = new Counts();
    for (let at = 0; at < 250_000; at += 1) counts.take(perMinute(1), `stranger ${at}`, NOON);
    expect(counts.takeUntold().length).toBeLessThanOrEqual(100_000);
  });
});

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff::1', '2001:db8:1:2::/64'],
  ['nonsense', 'unknown'],
  ['', 'unknown'],
])('%s is counted as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
