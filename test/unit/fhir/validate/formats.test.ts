import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { formatOf } from '../../../../src/fhir/validate/structure/formats.ts';
import { isSafeXhtml } from '../../../../src/fhir/validate/structure/xhtml.ts';

const GOOD: Readonly<Record<string, readonly unknown[]>> = {
  boolean: [true, false],
  string: ['a', ' a ', 'a\nb', '王🏠'],
  code: ['a', 'a b', 'a-b_c'],
  id: ['a', 'A.b-1', 'x'.repeat(64)],
  uri: ['urn:x', 'http://a/b?c#d'],
  oid: ['urn:oid:1.2.3'],
  uuid: ['urn:uuid:5b1f4f6e-0000-4000-8000-000000000001'],
  base64Binary: ['YQ==', 'YWJj', 'YW\nJj'],
  date: ['2026', '2026-02', '2024-02-29', '2000-02-29'],
  dateTime: ['2026', '2026-03-02', '2026-03-02T23:59:60Z', '2026-03-02T09:00:00.1234+13:59'],
  instant: ['2026-03-02T09:00:00Z'],
  time: ['09:00:00', '23:59:59.5'],
  decimal: [0, -1.5, 1e20],
  integer: [-2147483648, 2147483647],
  unsignedInt: [0],
  positiveInt: [1],
};

const BAD: Readonly<Record<string, readonly unknown[]>> = {
  boolean: ['true', 1],
  string: ['', ' ', 'a\u0001', 1, '\0', '\ud800', 'x'.repeat(1_048_577)],
  code: ['', ' a', 'a ', 'a  b', 5],
  id: ['', 'a b', 'x'.repeat(65), 'ä'],
  uri: ['', 'a b'],
  oid: ['1.2.3', 'urn:oid:3.1', 'urn:oid:1.02'],
  uuid: ['5b1f4f6e-0000-4000-8000-000000000001'],
  base64Binary: ['', 'YQ', 'Y===', 'a*=='],
  date: ['26', '2026-13', '2026-2-3', '2026-02-30', '2023-02-29', '1900-02-29', '0000', '2026-03-02T09:00:00Z'],
  dateTime: ['2026-03-02T09:00', '2026-03-02T09:00:00', '2026-03-02T24:00:00Z', '2026-03-02T09:00:00+15:00'],
  instant: ['2026-03-02', '2026-03-02T09:00:00'],
  time: ['9:00:00', '09:00', '24:00:00'],
  decimal: ['1', Number.NaN, Number.POSITIVE_INFINITY],
  integer: [1.5, 2147483648, '1'],
  unsignedInt: [-1],
  positiveInt: [0],
};

const cases = (table: typeof GOOD): [string, unknown][] =>
  Object.entries(table).flatMap(([type, values]) => values.map((value): [string, unknown] => [type, value]));

describe('a primitive', () => {
  test.each(cases(GOOD))('%s may be %j', (type, value) => {
    expect(formatOf(type)(value)).toBeUndefined();
  });

  test.each(cases(BAD))('%s may not be %j', (type, value) => {
    expect(formatOf(type)(value)).toEqual(expect.stringMatching(/^[A-Z].*\.$|not be stored: NUL/));
  });

  test('of a day is a day that Date knows', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          expect(formatOf('date')(date.toISOString().slice(0, 10))).toBeUndefined();
        },
      ),
    );
  });
});

describe('a narrative', () => {
  const XMLNS = 'xmlns="http://www.w3.org/1999/xhtml"';
  test.each([
    `<div ${XMLNS}>text</div>`,
    `<div ${XMLNS}><p>a <b>b</b> &lt;<br/></p><!-- note --></div>`,
    `<div ${XMLNS}><img src="#x" alt='y'/></div>`,
    `  <div ${XMLNS}><table class="grid"><tr><td colspan="2">1</td></tr></table></div>\n`,
  ])('may be %s', (text) => expect(isSafeXhtml(text)).toBe(true));

  test.each([
    '',
    'text',
    `<div ${XMLNS}></div>`,
    `<div ${XMLNS}> <p/> </div>`,
    `<p>text</p>`,
    `<div>a</div><div>b</div>`,
    `<div>a</div> b`,
    '<div>a',
    '<div><b>a</i></div>',
    '<div><script>a</script></div>',
    '<div onclick="x">a</div>',
    '<div><a href="javascript:x">a</a></div>',
    '<div><a href="java&#115;cript&colon;x">a</a></div>',
    '<div><a href="java&#x0A;script&#x3a;x">a</a></div>',
    '<div><p class="a" class="b">a</p></div>',
    '<div><form>a</form></div>',
    '<div a=b>a</div>',
    '<div>a <</div>',
    '<div><!-- a</div>',
  ])('may not be %s', (text) => expect(isSafeXhtml(text)).toBe(false));

  test('is read in a time that grows with its length', () => {
    for (const piece of ['<b ', '<!--', '<div>', ' a="', '</']) isSafeXhtml(`<div>${piece.repeat(100_000)}</div>`);
  });
});
