import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { foldText } from '../../../../src/fhir/store/index/keys.ts';

describe('texts are compared', () => {
  test.each([
    ['Åsa', 'asa'],
    ['LÖWENSTRÖM', 'lowenstrom'],
    ['Nguyễn', 'nguyen'],
    [' José ', 'jose'],
    ['ﬁne', 'fine'],
    ['Ⅷ', 'viii'],
    ['Weiß', 'weiss'],
    ['GROẞ', 'gross'],
    ['Sørensen', 'sorensen'],
    ['Ǿ', 'o'],
    ['Ægir', 'aegir'],
    ['Cœur', 'coeur'],
    ['Łukasz', 'lukasz'],
    ['Đorđe', 'dorde'],
    ['Guðrún Þórsdóttir', 'gudrun thorsdottir'],
    ['Ħamrun', 'hamrun'],
    ['Işıl İnci', 'isil inci'],
    ['ΝΙΚΟΣ', 'νικοσ'],
    ['Νίκος', 'νικοσ'],
  ])('%s as %s', (text, folded) => {
    expect(foldText(text)).toBe(folded);
  });

  test('the same, folded once or twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(foldText(foldText(text))).toBe(foldText(text));
      }),
    );
  });
});
