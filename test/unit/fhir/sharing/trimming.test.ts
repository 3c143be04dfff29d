import { beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { neededFor } from '../../../../src/fhir/search/filters/only-shown.ts';
import { parametersOf } from '../../../../src/fhir/search/parameters/parameter.ts';
import { subsetted, subsettedAnew } from '../../../../src/fhir/sharing/subsetted.ts';
import { DEMOGRAPHICS, isDemographic, shownBy } from '../../../../src/fhir/sharing/trimming/demographics.ts';
import { shownInBoth, shownTo, trimmedWith } from '../../../../src/fhir/sharing/trimming/trimmed.ts';
import { TAG } from './cases-of-subsets.ts';
import { MRN, RACE, records, words } from './records.ts';
import { saidIn, UNNAMED, UNNAMED_SHOWN } from './unnamed-cases.ts';

const NAMES = { name: [{ family: 'Doe' }], identifier: [{ system: MRN, value: 'm' }, { value: 'x' }] };
const WHO = {
  resourceType: 'Patient',
  id: 'p',
  meta: {},
  ...NAMES,
  birthDate: '1957-05-07',
  address: [
    { use: 'home', line: ['Larkspur Row 77'], city: 'Farhaven', text: 'Larkspur Row 77, Farhaven' },
    { line: ['x'] },
  ],
  extension: [
    { url: RACE, valueString: 'Mixed' },
    { url: 'https://x.example', valueString: 'x' },
  ],
} as const;
const left = (...of: readonly string[]): object => {
  const {
    resourceType: _type,
    id: _id,
    meta,
    ...rest
  } = subsetted(WHO as never, shownBy(of)) as unknown as typeof WHO & {
    meta: unknown;
  };
  expect(meta).toEqual({ tag: [TAG] });
  return rest;
};

describe('what is left of a client', () => {
  test.each<[string, readonly string[], object]>([
    ['nothing but that there is one', [], {}],
    ['an element', ['name'], { name: NAMES.name }],
    ['the year of birth', ['birthDate:year'], { birthDate: '1957' }],
    ['the area, and no street', ['address:area'], { address: [{ use: 'home', city: 'Farhaven' }] }],
    ['identifiers of a system', [`identifier:${MRN}`], { identifier: [NAMES.identifier[0]] }],
    ['an extension by its name', ['race'], { extension: [WHO.extension[0]] }],
    ['an extension by its address', ['extension:https://x.example'], { extension: [WHO.extension[1]] }],
  ])('%s', (_what, shown, expected) => expect(left(...shown)).toEqual(expected));

  test('never has an element that is not in the list, nor a part of one that is not in that part', () => {
    fc.assert(
      fc.property(records, words, (record, list) => {
        const part = subsetted(record, shownBy(list)) as unknown as Record<string, unknown>;
        const elements = new Set(list.flatMap((word) => shownBy([word]).map((each) => each.split('|')[0])));
        for (const key of Object.keys(part)) {
          const isNamed =
            key === 'extension' || ['resourceType', 'id', 'meta', 'active'].includes(key) || elements.has(key);
          expect({ key, isNamed }).toEqual({ key, isNamed: true });
        }
        const said = JSON.stringify(part);
        if (!list.includes('address')) expect(said).not.toContain('"line"');
        if (!list.includes('birthDate')) expect(part.birthDate ?? '').not.toContain('-');
        if (!list.includes('identifier')) expect(said).not.toContain('us-ssn');
        for (const { url } of (part.extension ?? []) as { url: string }[]) expect(shownBy(list)).toContain(url);
      }),
    );
  });
});

test('words of policies are known, or name a system or an address', () => {
  for (const word of DEMOGRAPHICS) expect(isDemographic(word.replace(/<.*>/, 'https://x.example'))).toBe(true);
  for (const word of ['', 'nmae', 'identifier:', 'extension:a b', 'identifier:a|b', 'toString'])
    expect({ word, known: isDemographic(word) }).toEqual({ word, known: false });
});

test('what two lists both show is what is left by one after the other', () => {
  fc.assert(
    fc.property(records, words, words, (record, one, other) => {
      const [first, second] = [shownBy(one), shownBy(other)];
      const { meta: _meta, ...both } = subsetted(record, shownInBoth(first, second));
      const { meta: _twice, ...after } = subsetted(subsetted(record, first), second);
      expect(both).toEqual(after);
    }),
  );
});

describe('who is shown what', () => {
  const given = (
    ...all: readonly (readonly [string, readonly string[] | undefined])[]
  ): Map<string, readonly string[] | undefined> => new Map(all);

  test('is what any of its shares shows; who reads all goes on reading all', () => {
    const first = trimmedWith(null, ['author'], given(['a', ['name']], ['b', undefined]));
    expect(first).toEqual({ a: ['name'] });
    const second = trimmedWith(first, ['author', 'a', 'b'], given(['a', ['address']], ['b', ['name']]));
    expect(second).toEqual({ a: ['address', 'name'] });
    expect(trimmedWith(second, ['author', 'a', 'b'], given(['a', undefined]))).toBeNull();
    expect(trimmedWith(null, ['author'], given(['author', ['name']]))).toBeNull();
  });

  test('is no more than a label shows to others', () => {
    expect(shownTo(null, null, 'a')).toBeUndefined();
    expect(shownTo(['name'], null, 'a')).toEqual(['name']);
    expect(shownTo(['name', 'birthDate'], { a: ['birthDate|year', 'address'] }, 'a')).toEqual(['birthDate|year']);
    expect(shownTo(null, { b: ['name'] }, 'a')).toBeUndefined();
  });
});

beforeAll(loadDefinitions);

test('of each search parameter it is known what it looks at', () => {
  const looksAt = (type: string, code: string): unknown => {
    const parameter = parametersOf(type).get(code);
    return parameter && neededFor([{ type, parameter }]);
  };
  expect(looksAt('Patient', 'phone')).toEqual([['telecom']]);
  expect(looksAt('Patient', 'address-city')).toEqual([['address']]);
  expect(looksAt('Patient', 'deceased')).toEqual([['deceasedBoolean', 'deceasedDateTime']]);
  expect(looksAt('Patient', '_tag')).toBeUndefined();
  expect(looksAt('RelatedPerson', 'patient')).toBeUndefined();
  expect(looksAt('Task', 'patient')).toBeUndefined();
  for (const type of ['Patient', 'RelatedPerson', 'Person'])
    for (const { code, elements } of parametersOf(type).values())
      expect({ type, code, elements }).not.toMatchObject({ elements: expect.arrayContaining(['?']) });
});

test.each(UNNAMED)('of what is said of clients beside their records: $name', (each) => {
  const said = saidIn(each);
  const left = subsetted(said, UNNAMED_SHOWN);
  expect(left).toEqual(each.left);
  // Nothing is taken twice.
  expect(subsettedAnew(left, UNNAMED_SHOWN)).toEqual(each.left);
  expect(said).toEqual(each.said);
});
