import { describe, expect, test } from '@jest/globals';
import { orderedId } from '../../../src/db/ordered-id.ts';

describe('an id by its time', () => {
  test('is a UUID of version 7', () => {
    expect(orderedId(new Date('2026-03-02T09:00:00.123Z'))).toMatch(
      /^019cadc6-9afb-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    );
  });

  test('comes after those of before, and is another one each time', () => {
    const [before, after] = [new Date('2026-03-02T09:00:00.123Z'), new Date('2026-03-02T09:00:00.124Z')];
    expect(orderedId(before) < orderedId(after)).toBe(true);
    expect(new Set(Array.from({ length: 1_000 }, () => orderedId(before))).size).toBe(1_000);
  });
});
