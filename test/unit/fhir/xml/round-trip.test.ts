import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Patient, Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { fromXml } from '../../../../src/fhir/xml/from-xml.ts';
import { toXml } from '../../../../src/fhir/xml/to-xml.ts';
import { published } from '../../../support/published.ts';

const FOLDERS = [
  'sdohcc/examples',
  'sdohcc/definitions',
  'us-core-7',
  'subscriptions-backport/definitions',
  'subscriptions-backport/examples',
  'davinci-alerts/examples',
  'hsds/examples',
  'bars/examples/OperationOutcome/REC',
  'bars/examples/OperationOutcome/SEND',
  'bars/examples/OperationOutcome/PROXY-NONE',
  'bars/examples/process_message/request',
  'bars/examples/process_message/response',
];

beforeAll(() => loadDefinitions());

test.each(FOLDERS)('what is published comes back from XML as it was: %s', (folder) => {
  for (const resource of published(folder)) expect(fromXml(toXml(resource))).toEqual(resource);
});

test('a resource is written by the rules: order, ids and urls as attributes, extensions of values beside them', () => {
  const resource = {
    resourceType: 'Patient',
    id: 'p1',
    birthDate: '1950-05-05',
    _birthDate: { id: 'b', extension: [{ url: 'https://example.org/time', valueTime: '10:00:00' }] },
    name: [{ id: 'n', given: ['Åsa', null], _given: [null, { extension: [{ url: 'x', valueBoolean: true }] }] }],
    contained: [{ resourceType: 'Organization', id: 'o', name: 'A & B' }],
    active: false,
  } as unknown as Resource;
  expect(toXml(resource)).toBe(
    '<?xml version="1.0" encoding="UTF-8"?><Patient xmlns="http://hl7.org/fhir"><id value="p1"/>' +
      '<contained><Organization><id value="o"/><name value="A &amp; B"/></Organization></contained>' +
      '<active value="false"/>' +
      '<name id="n"><given value="Åsa"/><given><extension url="x"><valueBoolean value="true"/></extension></given></name>' +
      '<birthDate id="b" value="1950-05-05"><extension url="https://example.org/time"><valueTime value="10:00:00"/></extension></birthDate>' +
      '</Patient>',
  );
  expect(fromXml(toXml(resource))).toEqual(resource);
});

describe('any text', () => {
  // What XML 1.0 cannot say at all is refused as a body long before.
  const text = fc.string({ unit: 'binary', minLength: 1 }).filter((each) => isXmlText(each));

  test('comes back as it was', () => {
    fc.assert(
      fc.property(text, fc.array(text, { minLength: 1, maxLength: 3 }), fc.boolean(), (family, given, pretty) => {
        const patient: Resource = { resourceType: 'Patient', name: [{ family, given }] };
        expect(fromXml(toXml(patient, pretty))).toEqual(patient);
      }),
      { numRuns: 500 },
    );
  });
});

describe('a narrative that XML could not hold as it was sent in JSON is written so that it can be read', () => {
  const inside = (content: string): string => `<div xmlns="http://www.w3.org/1999/xhtml">${content}</div>`;
  test.each([
    ['names of HTML', inside('a&nbsp;b &eacute; &ndash; &hellip;'), inside('a&#160;b &#233; &#8211; &#8230;')],
    ['an ampersand', inside('food & shelter &unheard; AT&T'), inside('food &amp; shelter &amp;unheard; AT&amp;T')],
    ['names of XML', inside('&lt;&amp;&gt; &#233;&#xE9;'), inside('&lt;&amp;&gt; &#233;&#xE9;')],
    ['signs there are not', inside('a&#0;b&#x1F;c'), inside('a\ufffdb\ufffdc')],
    ['the end of what has no beginning', inside('a ]]> b'), inside('a ]]&gt; b')],
    ['a comment with a line in it', inside('a<!-- b -- c -->d'), inside('ad')],
    ['a comment that ends with a line', inside('a<!-- b --->c'), inside('ac')],
    ['a comment as it may be', inside('a<!-- b - c -->d'), inside('a<!-- b - c -->d')],
    ['a div without its namespace', '<div>a</div>', inside('a')],
    ['a div with white space around it', ` ${inside('a')}\n`, inside('a')],
  ])('%s', (_, div, wanted) => {
    const read = fromXml(toXml({ resourceType: 'Patient', text: { status: 'generated', div } })) as Patient;
    expect(read.text?.div).toBe(wanted);
  });
});

test('a narrative is written in a time that grows with its length', () => {
  for (const piece of ['<!--', '&', '&#', '<!-- -->', ' xmlns', ']]>'])
    toXml({ resourceType: 'Patient', text: { status: 'generated', div: `<div ${piece.repeat(200_000)}</div>` } });
});

/** @see https://www.w3.org/TR/xml/#charsets */
function isXmlText(text: string): boolean {
  return [...text].every((sign) => {
    const point = sign.codePointAt(0) ?? 0;
    if (point < 0x20) return point === 0x9 || point === 0xa || point === 0xd;
    return !(point >= 0xd800 && point <= 0xdfff) && point !== 0xfffe && point !== 0xffff;
  });
}
