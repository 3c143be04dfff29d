import { describe, expect, test } from '@jest/globals';
import type { Duration, Resource } from '@medplum/fhirtypes';
import { isWithin } from '../../../../src/fhir/operations/everything/care-dates.ts';
import { momentAfter, momentBefore } from '../../../../src/fhir/operations/moments.ts';
import { whenRelated } from '../../../../src/fhir/operations/plan-definition/when.ts';

const NOW = new Date('2026-01-31T12:00:00.000Z');

test.each<[Duration, string | undefined]>([
  [{ value: 90, code: 'min' }, '2026-01-31T13:30:00.000Z'],
  [{ value: 0.5, unit: 'days' }, '2026-02-01T00:00:00.000Z'],
  [{ value: 1, code: 'mo' }, '2026-02-28T12:00:00.000Z'],
  [{ value: 13, unit: 'months' }, '2027-02-28T12:00:00.000Z'],
  [{ value: 2, code: 'a' }, '2028-01-31T12:00:00.000Z'],
  [{ value: -1, code: 'wk' }, '2026-01-24T12:00:00.000Z'],
  [{ value: 1.5, code: 'mo' }, undefined],
  [{ value: 1 }, undefined],
  [{ code: 'd' }, undefined],
  [{ value: 1e9, code: 'a' }, undefined],
])('a moment after %j', (duration, wanted) => {
  expect(momentAfter(NOW, duration)?.toISOString()).toBe(wanted);
});

test('a moment before is as long ago', () => {
  expect(momentBefore(new Date('2026-03-31T00:00:00Z'), { value: 1, code: 'mo' })?.toISOString()).toBe(
    '2026-02-28T00:00:00.000Z',
  );
});

describe('an action that stands to another', () => {
  const days = { value: 2, code: 'd' };
  const period = { start: '2026-02-01T00:00:00Z', end: '2026-02-10T00:00:00Z' };
  test.each<[string, Duration | undefined, Parameters<typeof whenRelated>[2], string | undefined]>([
    ['after-end', days, { period }, '2026-02-12T00:00:00.000Z'],
    ['after-start', days, { period }, '2026-02-03T00:00:00.000Z'],
    ['before-start', days, { period }, '2026-01-30T00:00:00.000Z'],
    ['before', days, { dateTime: '2026-02-05T00:00:00Z' }, '2026-02-03T00:00:00.000Z'],
    ['concurrent', undefined, { dateTime: '2026-02-05T00:00:00Z' }, '2026-02-05T00:00:00Z'],
    ['after', days, undefined, '2026-02-02T12:00:00.000Z'],
    ['after', undefined, undefined, undefined],
    ['after', days, { timing: {} }, undefined],
  ])('%s by %j of %j', (relationship, offsetDuration, other, wanted) => {
    expect(whenRelated(NOW, { relationship, offsetDuration }, other)?.dateTime).toBe(wanted);
  });
});

describe('care within some time', () => {
  const year = { start: new Date('2025-01-01T00:00:00Z'), end: new Date('2025-12-31T23:59:59Z') };
  test.each<[string, object, boolean]>([
    ['of a day in it', { effectiveDateTime: '2025-06-01' }, true],
    ['of a year of which only a part is known', { effectiveDateTime: '2025' }, true],
    ['of a day before it', { effectiveDateTime: '2024-12-31' }, false],
    ['of a period that goes on', { period: { start: '2020' } }, true],
    ['of a period that ended before it', { period: { start: '2020', end: '2021' } }, false],
    ['that lasts', { onsetDateTime: '2020' }, true],
    ['that lasted', { onsetDateTime: '2020', abatementDateTime: '2021' }, false],
    ['that begins after it', { start: '2026-01-01T00:00:00Z' }, false],
    ['of which nobody says when it was', { code: { text: 'x' } }, true],
    ['written down later', { effectiveDateTime: '2025-01-01', issued: '2026-01-01T00:00:00Z' }, true],
  ])('%s', (_, fields, wanted) => {
    expect(isWithin({ resourceType: 'Basic', ...fields } as unknown as Resource, year)).toBe(wanted);
    expect(
      isWithin({ resourceType: 'Basic', ...fields } as unknown as Resource, { start: undefined, end: undefined }),
    ).toBe(true);
  });
});
