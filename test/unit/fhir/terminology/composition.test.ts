import { describe, expect, test } from '@jest/globals';
import type { CodeSystem, Resource, ValueSet, ValueSetComposeInclude } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { createTerminology, type Terminology } from '../../../../src/fhir/terminology/expansion.ts';
import { isQuick } from '../../../../src/fhir/terminology/filter.ts';

/** What is longer is not looked at. */
const LONGEST_TEXT = 200;
const AT_MOST_MS = 50;

/** What a work takes of the processor, whoever else uses it, in ms. */
function processorMs(work: () => unknown): number {
  const before = process.threadCpuUsage();
  work();
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / 1_000;
}

const PETS = 'urn:pets';
const pets: CodeSystem = {
  resourceType: 'CodeSystem',
  status: 'active',
  url: PETS,
  version: '1',
  content: 'complete',
  concept: [
    {
      code: 'mammal',
      property: [{ code: 'notSelectable', valueBoolean: true }],
      concept: [
        {
          code: 'dog',
          concept: [{ code: 'beagle' }, { code: 'poodle', property: [{ code: 'inactive', valueBoolean: true }] }],
        },
        { code: 'cat' },
      ],
    },
    {
      code: 'bird',
      property: [
        { code: 'legs', valueInteger: 2 },
        { code: 'child', valueCode: 'parrot' },
      ],
    },
    { code: 'parrot', property: [{ code: 'legs', valueInteger: 2 }] },
  ],
};
const ALL = ['mammal', 'dog', 'beagle', 'poodle', 'cat', 'bird', 'parrot'];

const valueSet = (
  url: string,
  include: ValueSetComposeInclude[],
  more: Partial<ValueSet['compose']> = {},
): ValueSet => ({
  resourceType: 'ValueSet',
  status: 'active',
  url,
  compose: { include, ...more },
});
const knowing = (...resources: Resource[]): Terminology => createTerminology(() => [pets, ...resources]);
const listed = (terminology: Terminology, url = 'urn:a'): string[] | undefined => {
  const codes = terminology.expandedCodes(url);
  return codes && [...codes.values()].flatMap((each) => [...each]).sort();
};
const filtered = (property: string, op: string, value: string): string[] | undefined =>
  listed(knowing(valueSet('urn:a', [{ system: PETS, filter: [{ property, op: op as '=', value }] }])));

test('codes come in the order in which they are written, parents before children', () => {
  const codes = knowing(valueSet('urn:a', [{ system: PETS }]))
    .expandedCodes('urn:a')
    ?.get(PETS);
  expect([...(codes ?? [])]).toEqual(ALL);
});

describe('a filter', () => {
  test.each<[string, string, string, string[] | undefined]>([
    ['concept', 'is-a', 'dog', ['beagle', 'dog', 'poodle']],
    ['concept', 'descendent-of', 'mammal', ['beagle', 'cat', 'dog', 'poodle']],
    ['concept', 'is-a', 'bird', ['bird', 'parrot']],
    ['concept', 'is-not-a', 'mammal', ['bird', 'parrot']],
    ['concept', 'generalizes', 'beagle', ['beagle', 'dog', 'mammal']],
    ['concept', 'in', 'cat, bird', ['bird', 'cat']],
    ['concept', 'not-in', 'mammal,dog,cat,poodle,beagle', ['bird', 'parrot']],
    ['legs', '=', '2', ['bird', 'parrot']],
    ['legs', 'exists', 'false', ['beagle', 'cat', 'dog', 'mammal', 'poodle']],
    ['code', 'regex', '[a-d].*', ['beagle', 'bird', 'cat', 'dog']],
    ['parent', '=', 'dog', ['beagle', 'poodle']],
    ['code', 'regex', '(a+)+', undefined],
    ['code', 'no-such', 'x', undefined],
    ['constructor', '=', 'x', []],
  ])('%s %s %s', (property, op, value, codes) => {
    expect(filtered(property, op, value)).toEqual(codes);
  });

  test.each(['(a*)*b', 'a*a*a*', '\\1', '[a-', 'a|b', '(?=a)', 'x'.repeat(101), '{2}'])(
    'of the pattern %s is not applied',
    (pattern) => {
      expect(isQuick(pattern)).toBe(false);
    },
  );

  test.each(['[0-9]{3}', '[A-Z]{3}', 'LP[0-9]+-[0-9]', 'a.c', '\\d{4}'])('of the pattern %s is', (pattern) => {
    expect(isQuick(pattern)).toBe(true);
  });

  test('that is applied is quick on any text, however nearly it fits', () => {
    const part = fc.tuple(
      fc.constantFrom('a', '.', '[ab]', '\\w', '[^x]', 'b'),
      fc.constantFrom('', '', '*', '+', '?', '{1,99}', '{50}', '{2,}'),
    );
    const patterns = fc.array(part, { maxLength: 12 }).map((parts) => parts.flat().join(''));
    const texts = fc.constantFrom(
      'a'.repeat(LONGEST_TEXT),
      'ab'.repeat(LONGEST_TEXT / 2),
      `${'a'.repeat(LONGEST_TEXT - 1)}x`,
    );
    fc.assert(
      fc.property(patterns, texts, (pattern, text) => {
        fc.pre(isQuick(pattern));
        const expression = new RegExp(`^(?:${pattern})$`, 'u');
        expect(processorMs(() => expression.test(text))).toBeLessThan(AT_MOST_MS);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a value set', () => {
  test('imports others: within one include what they share, of several includes all', () => {
    const dogs = valueSet('urn:dogs', [{ system: PETS, filter: [{ property: 'concept', op: 'is-a', value: 'dog' }] }]);
    const small = valueSet('urn:small', [{ system: PETS, concept: [{ code: 'beagle' }, { code: 'cat' }] }]);
    expect(listed(knowing(dogs, small, valueSet('urn:a', [{ valueSet: ['urn:dogs', 'urn:small'] }])))).toEqual([
      'beagle',
    ]);
    const both = [{ valueSet: ['urn:dogs'] }, { valueSet: ['urn:small'] }];
    expect(listed(knowing(dogs, small, valueSet('urn:a', both)))).toEqual(['beagle', 'cat', 'dog', 'poodle']);
    expect(listed(knowing(small, valueSet('urn:a', [{ system: PETS, valueSet: ['urn:small'] }])))).toEqual([
      'beagle',
      'cat',
    ]);
  });

  test('that imports itself, by however many others, is not listed', () => {
    const around = [valueSet('urn:a', [{ valueSet: ['urn:b'] }]), valueSet('urn:b', [{ valueSet: ['urn:a'] }])];
    expect(listed(knowing(...around))).toBeUndefined();
    expect(knowing(...around).isMember('urn:a', { code: 'dog' })).toBeUndefined();
  });

  test('leaves out inactive codes when it says so', () => {
    expect(listed(knowing(valueSet('urn:a', [{ system: PETS }], { inactive: false })))).not.toContain('poodle');
    expect(listed(knowing(valueSet('urn:a', [{ system: PETS }])))).toContain('poodle');
  });

  test('is taken from its own list where it cannot be composed, if that is whole', () => {
    const contains = [{ system: 'urn:x', code: 'a', contains: [{ system: 'urn:x', code: 'b' }] }];
    const expanded = { ...valueSet('urn:a', [{ system: 'urn:x' }]), expansion: { timestamp: '2026-01-01', contains } };
    expect(listed(knowing(expanded))).toEqual(['a', 'b']);
    expect(listed(knowing({ ...expanded, expansion: { ...expanded.expansion, total: 3 } }))).toBeUndefined();
  });

  test('may write the version of a system into its address', () => {
    const terminology = knowing(valueSet('urn:a', [{ system: `${PETS}|1`, concept: [{ code: 'cat' }] }]));
    expect(terminology.expandedCodes('urn:a')).toEqual(new Map([[PETS, new Set(['cat'])]]));
    expect(terminology.isMember('urn:a', { system: PETS, code: 'cat' })).toBe(true);
  });

  test.each<[string, ValueSetComposeInclude]>([
    ['of a system nobody knows', { system: 'urn:x' }],
    ['of another version of a system', { system: PETS, version: '2' }],
    ['of a value set nobody knows', { valueSet: ['urn:x'] }],
    ['of nothing', {}],
  ])('%s is not listed', (_name, include) => {
    expect(listed(knowing(valueSet('urn:a', [include])))).toBeUndefined();
  });
});

const part: fc.Arbitrary<ValueSetComposeInclude> = fc.oneof(
  fc.subarray(ALL).map((codes) => ({ system: PETS, concept: codes.map((code) => ({ code })) })),
  fc
    .tuple(
      fc.constantFrom('is-a' as const, 'is-not-a' as const, 'descendent-of' as const, 'generalizes' as const),
      fc.constantFrom(...ALL),
    )
    .map(([op, value]) => ({ system: PETS, filter: [{ property: 'concept', op, value }] })),
  fc.constant({ system: PETS }),
);
const parts = fc.array(part, { minLength: 1, maxLength: 4 });

describe('for every composition', () => {
  const alone = (include: ValueSetComposeInclude): Set<string> =>
    new Set(listed(knowing(valueSet('urn:a', [include]))));

  test('what is listed is all that is included and nothing that is excluded', () => {
    fc.assert(
      fc.property(parts, fc.array(part, { maxLength: 3 }), (include, exclude) => {
        const expected = ALL.filter(
          (code) => include.some((each) => alone(each).has(code)) && !exclude.some((each) => alone(each).has(code)),
        );
        expect(listed(knowing(valueSet('urn:a', include, { exclude })))).toEqual(expected.sort());
      }),
    );
  });

  test('asking for one code says what the list says, and never more where there is none', () => {
    const unknown = fc.constantFrom<ValueSetComposeInclude>({ system: 'urn:x' }, { valueSet: ['urn:nothing'] });
    const some = fc.array(fc.oneof(part, unknown), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(some, some, fc.constantFrom(...ALL), (include, exclude, code) => {
        const terminology = knowing(valueSet('urn:a', include, { exclude }));
        const verdict = terminology.isMember('urn:a', { system: PETS, code });
        const isKnown = (each: ValueSetComposeInclude): boolean => each.system === PETS;
        const surely = include.some((each) => isKnown(each) && alone(each).has(code));
        const excluded = exclude.some((each) => isKnown(each) && alone(each).has(code));
        if (verdict === true) expect([surely, excluded]).toEqual([true, false]);
        if (verdict === undefined) expect(excluded).toBe(false);
        const codes = listed(terminology);
        if (codes) expect(verdict).toBe(codes.includes(code));
      }),
    );
  });
});
