import { describe, expect, test } from '@jest/globals';
import { whyNotJson } from '../../src/not-json.ts';

describe('why a text is not JSON', () => {
  test.each([
    ['', 'in line 1, column 1, a value is expected'],
    ['{"a": 1,}', 'in line 1, column 9, the name of a property is expected, in double quotes'],
    ["{'a': 1}", 'in line 1, column 2, there is a word that JSON does not have'],
    ['{"a": requested}', 'in line 1, column 7, there is a word that JSON does not have'],
    ['{"a" 1}', 'in line 1, column 6, a colon is expected'],
    ['[1 2]', 'in line 1, column 4, a comma is expected, or the end of what is open'],
    ['{"a": [1, 2}', 'in line 1, column 12, a comma is expected, or the end of what is open'],
    ['{"a": 1}\n}', 'in line 2, column 1, the end is expected'],
    ['{"a": "x', 'in line 1, column 7, a text has no closing quote in its line'],
    ['{"a": "x\ny"}', 'in line 1, column 7, a text has no closing quote in its line'],
    ['{"a": "x\ty"}', 'in line 1, column 7, a text holds a control character: write it with a backslash'],
    ['{"a": "\\x"}', 'in line 1, column 7, a backslash is followed by what it cannot be followed by'],
    ['{\n  // why\n  "a": 1}', 'in line 2, column 3, there is a comment, which JSON does not have'],
    ['"a"', 'it is neither an object nor a list'],
    ['['.repeat(1_000_000), 'it is nested too deep'],
  ])('%#', (text, why) => {
    expect(whyNotJson(text)).toBe(why);
  });

  test('is said without a word of it', () => {
    expect(whyNotJson('{"family": Tester, "given": ["Testa"]}')).not.toMatch(/test/i);
  });
});
