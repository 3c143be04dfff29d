import { describe, expect, test } from '@jest/globals';
import { isMasked, masked, meantBy } from '../../../../src/fhir/sealed-headers/header-values.ts';

describe('a header is shown without its value', () => {
  test.each([
    ['Authorization: Bearer abc', 'Authorization: ********'],
    ['X-Key:abc:def', 'X-Key: ********'],
    ['bearer-code BASGS534s4', '********'],
    ['Empty:', 'Empty: ********'],
  ])('%j', (header, shown) => {
    expect(masked(header)).toBe(shown);
    expect(isMasked(shown)).toBe(true);
    expect(isMasked(header)).toBe(false);
    expect(masked(shown)).toBe(shown);
  });
});

describe('what is sent back masked means what is kept', () => {
  const kept = ['Authorization: Bearer a', 'X-Key: 1', 'X-Key: 2', 'no name'];
  test.each([
    ['all of them', kept.map(masked), kept],
    [
      'in another case and order',
      ['x-key: ********', 'AUTHORIZATION:********'],
      ['X-Key: 1', 'Authorization: Bearer a'],
    ],
    ['beside new ones', ['X-Key: 3', 'X-Key: ********'], ['X-Key: 3', 'X-Key: 1']],
    ['none', [], []],
    ['one more than there are', ['X-Key: ********', 'X-Key: ********', 'X-Key: ********'], undefined],
    ['of another name', ['X-Other: ********'], undefined],
  ])('%s', (_name, sent, meant) => {
    expect(meantBy(sent, kept)).toEqual(meant);
  });
});
