import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mayHoldUnusualNumbers, parseJson, textOf, withNumbersOf } from '../../../src/db/written-numbers.ts';

describe('numbers are written again as they were', () => {
  test.each([
    '{"value":1.0}',
    '{"value":1.50}',
    '{"value":-0.0}',
    '{"value":-0}',
    '{"value":1e3}',
    '{"value":1.2E-05}',
    '{"value":0.12345678901234567890}',
    '{"value":12345678901234567890}',
    '{"list":[1.0,2,{"deep":[[3.10]]}],"other":1}',
    '[1.0]',
    '{"__proto__":1.0}',
  ])('%s', (json) => {
    expect(JSON.stringify(parseJson(json))).toBe(json);
  });

  test('whatever they are, and wherever they stand', () => {
    const digits = fc.stringMatching(/^\d{0,20}$/);
    const number = fc
      .tuple(fc.constantFrom('', '-'), fc.nat(), digits, fc.constantFrom('', 'e3', 'E-7', 'e+10'))
      .map(([sign, whole, part, power]) => `${sign}${whole}${part && `.${part}`}${power}`);
    const json = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        number,
        fc.string().map((text) => JSON.stringify(text)),
        fc.array(tie('value'), { maxLength: 3 }).map((values) => `[${values.join(',')}]`),
        fc
          .array(tie('value'), { maxLength: 3 })
          .map((all) => `{${all.map((each, at) => `"k${at}":${each}`).join(',')}}`),
      ),
    })).value;
    fc.assert(
      fc.property(json, (text) => {
        const whole = `{"in":${text}}`;
        expect(JSON.stringify(parseJson(whole))).toBe(whole);
        expect(JSON.stringify(withNumbersOf(parseJson(whole), structuredClone(parseJson(whole))))).toBe(whole);
      }),
      { numRuns: 2_000 },
    );
  });

  test('and are numbers all the same', () => {
    const { a, b } = parseJson('{"a":1.0,"b":[2.50]}') as { a: number; b: number[] };
    expect([a + 1, b.map((each) => each * 2), Array.isArray(b)]).toEqual([2, [5], true]);
  });
});

test('most JSON is passed over', () => {
  const plain = ['{"a":10,"b":0.5,"c":-1}', '{"at":"2026-03-02T10:00:00.000Z","id":"1e3","v":"1.0"}', '[0,1.25]'];
  expect(plain.filter(mayHoldUnusualNumbers)).toEqual([]);
});

test('a number that was given another value is written as that', () => {
  const value = parseJson('{"a":1.0,"b":2.0}') as { a: number; b: number };
  value.a = 3;
  expect([JSON.stringify(value), textOf(value, 'a'), textOf(value, 'b')]).toEqual([
    '{"a":3,"b":2.0}',
    undefined,
    '2.0',
  ]);
});

test('a copy keeps them where it is the same', () => {
  const original = parseJson('{"a":{"b":1.0,"c":2.0},"d":[3.0]}');
  const copy = { a: { b: 1, c: 5 }, d: [3, 4], e: 1 };
  expect(JSON.stringify(withNumbersOf(original, copy))).toBe('{"a":{"b":1.0,"c":5},"d":[3.0,4],"e":1}');
});
