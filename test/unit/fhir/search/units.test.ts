import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { conversionsOf } from '../../../../src/fhir/search/units/same-kind.ts';
import { KINDS } from '../../../../src/fhir/search/units/units.ts';

const ALL = KINDS.flatMap((kind) => kind.map(({ code }) => code));

function convert(value: number, from: string, to: string): number | undefined {
  return conversionsOf(from)
    ?.find(({ codes }) => codes.includes(to))
    ?.convert(value);
}

test.each<[number, string, string, number]>([
  [5.4, 'g', 'mg', 5400],
  [5.35, 'g', 'ug', 5_350_000],
  [70.5, 'kg', 'g', 70_500],
  [1, '[lb_av]', 'kg', 0.45359237],
  [6, '[ft_i]', 'cm', 182.88],
  [5, 'mmol/L', 'umol/mL', 5],
  [100, 'mg/dL', 'g/L', 1],
  [100, 'mg/dL', 'mg/dl', 100],
  [60, '/min', '/s', 1],
  [90, 'min', 'h', 1.5],
  [120, 'mm[Hg]', 'kPa', 15.99864],
  [37, 'Cel', '[degF]', 98.6],
  [98.6, '[degF]', 'Cel', 37],
  [0, 'Cel', 'K', 273.15],
  [5, '%', '1', 0.05],
  [1e-7, 'g', 'ng', 100],
])('%d %s is in %s %d', (value, from, to, wanted) => {
  expect(convert(value, from, to)).toBeCloseTo(wanted, 9);
});

test.each(['mg/dL/h', 'kg/m2', 'furlong', '', '/', 'mg/', '{score}', 'Cel/h', 'constructor', '__proto__'])(
  '%j is not converted',
  (code) => {
    expect(conversionsOf(code)).toBeUndefined();
  },
);

test('no unit is listed twice', () => {
  expect(new Set(ALL).size).toBe(ALL.length);
});

test('there and back again is the same', () => {
  const unit = fc.constantFrom(...KINDS.map((kind) => kind.map(({ code }) => code)));
  fc.assert(
    fc.property(unit, fc.nat(), fc.nat(), fc.integer({ min: -999_999, max: 999_999 }), (codes, one, other, whole) => {
      const [from = '', to = ''] = [codes[one % codes.length], codes[other % codes.length]];
      const value = whole / 100;
      expect(convert(convert(value, from, to) ?? Number.NaN, to, from)).toBeCloseTo(value, 5);
    }),
  );
});

test('each conversion of a unit comes once, itself among them', () => {
  for (const code of [...ALL, 'mg/dL', '/min']) {
    const codes = conversionsOf(code)?.flatMap((each) => each.codes) ?? [];
    expect(new Set(codes).size).toBe(codes.length);
    expect(convert(12.5, code, code)).toBe(12.5);
  }
});
