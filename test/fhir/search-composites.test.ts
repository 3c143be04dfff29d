import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, OperationOutcome, Resource } from '@medplum/fhirtypes';
import { loadDefinitions, storedTypes } from '../../src/fhir/definitions.ts';
import { parametersOf } from '../../src/fhir/search/parameters/parameter.ts';
import { makeResource } from '../conformance/examples/make-resource.ts';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

loadDefinitions();

type Fields = Readonly<Record<string, unknown>>;

/** What a resource holds, by what it is found, and by what it is not: the same parts, of different elements. */
type Case = readonly [code: string, fields: Fields, finds: readonly string[], misses: readonly string[]];

const SYSTEM = 'https://codes.example';
const UCUM = 'http://unitsofmeasure.org';
const coded = (code: string): object => ({ coding: [{ system: SYSTEM, code }] });
const quantity = (value: number, unit = 'mg'): object => ({ value, unit, system: UCUM, code: unit });

const CONTEXTS: Fields = {
  useContext: [
    { code: { system: SYSTEM, code: 'age' }, valueQuantity: quantity(40, 'a') },
    { code: { system: SYSTEM, code: 'span' }, valueRange: { low: quantity(10, 'a'), high: quantity(20, 'a') } },
    { code: { system: SYSTEM, code: 'focus' }, valueCodeableConcept: coded('hunger') },
  ],
};

/** The composites that every type with `useContext` has. */
const OF_CONTEXTS: readonly Case[] = [
  [
    'context-type-quantity',
    CONTEXTS,
    ['age$40', `${SYSTEM}|age$gt39|${UCUM}|a`, 'span$ge15', 'age$1,span$lt11'],
    ['age$15', 'span$40', 'focus$40', 'age$40||mg'],
  ],
  [
    'context-type-value',
    CONTEXTS,
    ['focus$hunger', `${SYSTEM}|focus$${SYSTEM}|hunger`, 'age$x,focus$hunger'],
    ['age$hunger', 'focus$age', `focus$https://other.example|hunger`],
  ],
];

const OBSERVED: Fields = {
  code: coded('whole'),
  valueQuantity: quantity(5),
  component: [
    { code: coded('first'), valueQuantity: quantity(10) },
    { code: coded('second'), valueCodeableConcept: coded('yes') },
  ],
};

const sequence = (named: Fields): Fields => ({
  coordinateSystem: 0,
  referenceSeq: { ...named, windowStart: 100, windowEnd: 200 },
  variant: [
    { start: 120, end: 121 },
    { start: 150, end: 155 },
  ],
});
const BY_CHROMOSOME = sequence({ genomeBuild: 'GRCh 37', chromosome: coded('7') });
const BY_ID = sequence({ referenceSeqId: coded('NC_7') });

const GROUPED: Fields = {
  characteristic: [
    { code: coded('hair'), exclude: false, valueCodeableConcept: coded('red') },
    { code: coded('smoker'), exclude: false, valueBoolean: true },
    { code: coded('weight'), exclude: false, valueQuantity: quantity(80, 'kg') },
    { code: coded('age'), exclude: false, valueRange: { low: quantity(18, 'a'), high: quantity(30, 'a') } },
    { code: coded('clinic'), exclude: false, valueReference: { reference: 'Organization/@' } },
  ],
};

const VARIANTS = ['7$120$121', '7$gt140$lt160'];
const NO_VARIANTS = ['7$120$155', '8$120$121', '7$150$121'];

/** Those that single types have. */
const OF_TYPES: Readonly<Record<string, readonly Case[]>> = {
  Group: [
    [
      'characteristic-value',
      GROUPED,
      [
        ...['hair$red', `${SYSTEM}|hair$${SYSTEM}|red`, 'smoker$true', 'weight$80||kg', 'weight$gt79'],
        ...[`age$ge25|${UCUM}|a`, 'clinic$Organization/@', 'hair$blue,smoker$true'],
      ],
      ['hair$true', 'smoker$red', 'smoker$false', 'weight$80||mg', 'age$gt31', 'hair$Organization/@', 'weight$red'],
    ],
  ],
  Observation: [
    ['code-value-quantity', OBSERVED, ['whole$5', `${SYSTEM}|whole$lt6|${UCUM}|mg`], ['whole$10', 'first$10']],
    ['component-code-value-quantity', OBSERVED, ['first$10'], ['whole$5', 'second$10', 'first$5']],
    ['combo-code-value-quantity', OBSERVED, ['first$10', 'whole$5'], ['whole$10', 'first$5']],
    ['component-code-value-concept', OBSERVED, ['second$yes'], ['first$yes', 'whole$yes']],
    ['combo-code-value-concept', OBSERVED, ['second$yes'], ['first$yes', 'whole$yes']],
    ['code-value-concept', { code: coded('a'), valueCodeableConcept: coded('b') }, ['a$b'], ['b$a', 'a$c']],
    ['code-value-string', { code: coded('a'), valueString: 'Not at home' }, ['a$not'], ['b$not', 'a$home']],
    [
      'code-value-date',
      { code: coded('a'), valuePeriod: { start: '2026-01-01', end: '2026-01-31' } },
      ['a$2026-01', 'a$gt2026-01-15'],
      ['b$2026-01', 'a$2027', 'a$lt2026-01-01'],
    ],
  ],
  DocumentReference: [
    [
      'relationship',
      { relatesTo: [{ code: 'replaces', target: { reference: 'DocumentReference/@' } }] },
      ['replaces$DocumentReference/@', 'replaces$@'],
      ['signs$DocumentReference/@', 'replaces$DocumentReference/another'],
    ],
  ],
  MolecularSequence: [
    ['chromosome-variant-coordinate', BY_CHROMOSOME, VARIANTS, NO_VARIANTS],
    ['referenceseqid-variant-coordinate', BY_ID, VARIANTS.map(withId), NO_VARIANTS.map(withId)],
    ['chromosome-window-coordinate', BY_CHROMOSOME, ['7$100$200'], ['8$100$200', '7$100$150']],
    ['referenceseqid-window-coordinate', BY_ID, ['NC_7$100$200'], ['7$100$200']],
  ],
};

function withId(value: string): string {
  return `NC_${value}`;
}

const composites = storedTypes().flatMap((type) =>
  [...parametersOf(type).values()].flatMap(({ type: kind, code }) =>
    kind === 'composite' ? [[type, code] as const] : [],
  ),
);

function caseOf(type: string, code: string): Case | undefined {
  return [...(OF_TYPES[type] ?? []), ...OF_CONTEXTS].find(([name]) => name === code);
}

describe.each(databaseKinds())('a search by a composite (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  /** What is named `@` is there: one of each type that is referred to. */
  async function create(type: string, fields: Fields): Promise<{ id: string; other: string }> {
    const referred = /"(\w+)\/@"/.exec(JSON.stringify(fields))?.[1];
    const other = referred ? (await done(post(least(referred)))).id : '';
    const text = JSON.stringify({ ...least(type), ...fields }).replaceAll('/@"', `/${other}"`);
    return { id: (await done(post(JSON.parse(text) as Resource))).id, other };
  }
  const least = (type: string): Resource =>
    makeResource(`http://hl7.org/fhir/StructureDefinition/${type}`, {
      reference: (of) => `https://elsewhere.example/${of}/1`,
    });
  const post = (resource: Resource): ReturnType<typeof call> =>
    call('POST', `${hub.fhir}/${resource.resourceType}`, { body: resource });

  test.each(composites)('%s by %s', async (type, code) => {
    const [, fields, finds, misses] = caseOf(type, code) ?? [];
    expect([type, code, fields]).toEqual([type, code, expect.anything()]);
    const { id, other } = await create(type, fields ?? {});
    const ask = async (value: string): Promise<[string, boolean]> => {
      const query = new URLSearchParams({ [code]: value.replaceAll('@', other), _id: id });
      const answer = await call<Bundle>('GET', `${hub.fhir}/${type}?${query}`);
      expect(answer.status).toBe(200);
      return [value, found(answer).length > 0];
    };
    for (const value of finds ?? []) expect(await ask(value)).toEqual([value, true]);
    for (const value of misses ?? []) expect(await ask(value)).toEqual([value, false]);
    const missing = await call('GET', `${hub.fhir}/${type}?_id=${id}&${code}:missing=false`);
    expect(found(missing)).toHaveLength(1);
  });

  test('one whose part is nothing it can be is refused', async () => {
    const query = new URLSearchParams({ 'characteristic-value': 'http://x/y$|http://unitsofmeasure.org|kg' });
    const { status, body } = await call<OperationOutcome>('GET', `${hub.fhir}/Group?${query}`);
    expect([status, body.issue[0]?.details?.text]).toEqual([
      400,
      expect.stringContaining('Part 2 of its value is none of: '),
    ]);
  });

  test('of several types at once', async () => {
    const one = await create('ValueSet', CONTEXTS);
    const two = await create('CodeSystem', CONTEXTS);
    const answer = await call(
      'GET',
      `${hub.fhir}?_type=ValueSet,CodeSystem&_id=${one.id},${two.id}&context-type-value=focus$hunger`,
    );
    expect(found(answer)).toHaveLength(2);
  });
});
