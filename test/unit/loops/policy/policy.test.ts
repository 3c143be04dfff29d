import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { endOf, type Span } from '../../../../src/calendars/end-of.ts';
import { ladderOf, PRIORITIES, type Priority, RUNGS, spanOf } from '../../../../src/loops/policy/policy.ts';
import { NEXT_STEPS } from '../../../../src/loops/words.ts';
import { HUB_CALENDAR, shipped } from '../projection/records.ts';

const moments = fc.date({ min: new Date('2020-01-01'), max: new Date('2040-01-01'), noInvalidDate: true });

describe('by default', () => {
  test.each<[Priority, Span]>([
    ['stat', { hours: 1 }],
    ['asap', { hours: 4 }],
    ['urgent', { workingDays: 1 }],
    ['routine', { workingDays: 2 }],
  ])('a %s referral is decided within %j', (priority, span) => {
    expect(spanOf(shipped(priority), 'decide')).toEqual(span);
  });

  test('the client is contacted within three working days, and news come every fourteen days', () => {
    expect(spanOf(shipped(), 'first-contact')).toEqual({ workingDays: 3 });
    expect(spanOf(shipped(), 'progress')).toEqual({ hours: 14 * 24 });
    expect(shipped().spans.complete).toEqual({ hours: 30 * 24 });
    expect(spanOf(shipped(), 'confirm-closing')).toEqual({ hours: 24 });
  });

  test('every step ends after it begins', () => {
    fc.assert(
      fc.property(moments, fc.constantFrom(...NEXT_STEPS), fc.constantFrom(...PRIORITIES), (from, step, priority) => {
        expect(endOf(from, spanOf(shipped(priority), step), HUB_CALENDAR).getTime()).toBeGreaterThan(from.getTime());
      }),
    );
  });

  test('no step passes its time without a person at the hub being told', () => {
    for (const step of NEXT_STEPS) {
      for (const priority of PRIORITIES) {
        const actions = ladderOf(shipped(priority), step).map((rung) => rung.do);
        expect(actions).toEqual(expect.arrayContaining(['worklist', 'supervisor']));
      }
    }
  });

  test('who does not decide is reminded twice, then people are told, then another is asked, then it is closed', () => {
    for (const priority of PRIORITIES) {
      expect(ladderOf(shipped(priority), 'decide').map((rung) => rung.do)).toEqual(
        RUNGS.filter((each) => each !== 'close-unconfirmed'),
      );
    }
  });
});
