import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Resource } from '@medplum/fhirtypes';
import { call, done, found } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';

/**
 * Every kind of parameter against a plain reading of what was written: resources are made from facts, and each search
 * is answered a second time by looking through the facts.
 */
interface Fact {
  readonly id: string;
  readonly codes: readonly string[];
  readonly display: string | undefined;
  readonly status: string;
  readonly grams: number | undefined;
  readonly day: number | undefined;
  readonly text: string | undefined;
  readonly patient: number | undefined;
  readonly identified: number | undefined;
  readonly identifiers: readonly string[];
  readonly chance: number | undefined;
  readonly url: string | undefined;
}

const SYSTEM = 'https://codes.example';
const NAMES = ['Weight', 'Älter', 'blood', 'Apple'];
const COUNT = 40;

/** The same facts every time: a row of numbers without a pattern. */
const FACTS: readonly Fact[] = Array.from({ length: COUNT }, (_, at): Fact => {
  const dice = (sides: number, salt: number): number => Math.floor((at * 7919 + salt * 104_729) / 7) % sides;
  const maybe = <T>(salt: number, value: T): T | undefined => (dice(3, salt) === 0 ? undefined : value);
  return {
    id: `fact-${String(dice(97, 1)).padStart(2, '0')}-${at}`,
    codes: ['a', 'b', 'c', 'd'].filter((_code, index) => dice(3, index + 20) === 0),
    display: maybe(2, NAMES[dice(NAMES.length, 3)] ?? ''),
    status: ['final', 'amended', 'preliminary'][dice(3, 4)] ?? 'final',
    grams: maybe(5, dice(9, 6) / 2),
    day: maybe(7, 1 + dice(27, 8)),
    text: maybe(9, NAMES[dice(NAMES.length, 10)] ?? ''),
    patient: maybe(11, dice(3, 12)),
    identified: maybe(13, dice(3, 14)),
    identifiers: ['X1', 'x2', 'Y3'].filter((_code, index) => dice(2, index + 30) === 0),
    chance: maybe(15, dice(11, 16) / 10),
    url: maybe(17, `https://forms.example/${dice(3, 18)}/${at}`),
  };
});

const day = ({ day: of }: Fact): string | undefined =>
  of === undefined ? undefined : `2026-01-${String(of).padStart(2, '0')}`;
const defined = (fields: Readonly<Record<string, unknown>>): object =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));

function resourcesOf(fact: Fact): object[] {
  const { id, codes, display, status, grams, text, patient, identified, identifiers, chance, url } = fact;
  const observation = {
    id,
    status,
    code: defined({ text: 'observed', coding: undefined }),
    category: codes.length + (display ? 1 : 0) > 0 ? [defined({ text: display, coding: codings(codes) })] : undefined,
    valueQuantity: grams === undefined ? undefined : { value: grams, system: 'http://unitsofmeasure.org', code: 'g' },
    effectiveDateTime: day(fact),
    subject: patient === undefined ? undefined : { reference: `Patient/p${patient}` },
    performer: identified === undefined ? undefined : [{ identifier: { system: SYSTEM, value: `D${identified}` } }],
    identifier: identifiers.map((value) => ({
      system: SYSTEM,
      value,
      type: { coding: [{ system: SYSTEM, code: value.charAt(0) }] },
    })),
  };
  const risk = { id, status: 'final', subject: { reference: 'Patient/p0' }, prediction: prediction(chance) };
  const form = { id, status: 'active', title: text, url, subjectType: undefined };
  const all = { Observation: observation, RiskAssessment: risk, Questionnaire: form };
  return Object.entries(all).map(([resourceType, fields]) => ({ resourceType, ...defined(withoutEmpty(fields)) }));
}

function codings(codes: readonly string[]): object[] | undefined {
  return codes.length > 0 ? codes.map((code) => ({ system: SYSTEM, code })) : undefined;
}

function prediction(chance: number | undefined): object[] | undefined {
  return chance === undefined ? undefined : [{ probabilityDecimal: chance }];
}

function withoutEmpty(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => !Array.isArray(value) || value.length > 0));
}

const one = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value]);
const fold = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();
const any = (values: readonly string[], wanted: readonly string[]): boolean =>
  values.some((each) => wanted.includes(each));

/** A parameter: by what values a fact is sorted, and whether it has any. */
interface Kind {
  readonly type: string;
  readonly code: string;
  readonly values: (fact: Fact) => readonly (string | number)[];
  readonly has?: (fact: Fact) => boolean;
}

const KINDS: readonly Kind[] = [
  {
    type: 'Observation',
    code: 'category',
    values: ({ codes }) => codes,
    has: ({ codes, display }) => codes.length > 0 || display !== undefined,
  },
  { type: 'Observation', code: 'status', values: ({ status }) => [status] },
  { type: 'Observation', code: 'identifier', values: ({ identifiers }) => identifiers.map(fold) },
  { type: 'Observation', code: 'value-quantity', values: ({ grams }) => one(grams) },
  { type: 'Observation', code: 'date', values: ({ day: of }) => one(of) },
  { type: 'Observation', code: 'subject', values: ({ patient }) => one(patient) },
  { type: 'Observation', code: 'patient', values: ({ patient }) => one(patient) },
  { type: 'Observation', code: 'performer', values: ({ identified }) => one(identified) },
  { type: 'RiskAssessment', code: 'probability', values: ({ chance }) => one(chance) },
  { type: 'Questionnaire', code: 'title', values: ({ text }) => one(text).map(fold) },
  { type: 'Questionnaire', code: 'url', values: ({ url }) => one(url) },
  { type: 'Observation', code: '_id', values: ({ id }) => [id] },
  { type: 'Observation', code: '_lastUpdated', values: ({ id }) => [id] },
];

/** Questionnaires that every hub has. */
const OF_HUB: ReadonlySet<string> = new Set(['client-confirmation', 'after-hospital']);

type Test = readonly [query: string, meets: (fact: Fact) => boolean];

const MODIFIED: readonly Test[] = [
  ['Observation?category:not=a', ({ codes }) => !any(codes, ['a'])],
  [`Observation?category:not=${SYSTEM}|a,b`, ({ codes }) => !any(codes, ['a', 'b'])],
  ['Observation?category:not=a&category:not=b', ({ codes }) => !any(codes, ['a', 'b'])],
  ['Observation?category:not=https://other.example|a', () => true],
  ['Observation?category=a&category=b', ({ codes }) => any(codes, ['a']) && any(codes, ['b'])],
  ['Observation?category=a,b&category:not=c', ({ codes }) => any(codes, ['a', 'b']) && !any(codes, ['c'])],
  ['Observation?category:text=ALT', ({ display }) => display === 'Älter'],
  ['Observation?category:text=w,bl', ({ display }) => display === 'Weight' || display === 'blood'],
  ['Observation?category:text=eight', () => false],
  ['Observation?status:in=http://hl7.org/fhir/ValueSet/observation-status', () => true],
  ['Observation?status:not-in=http://hl7.org/fhir/ValueSet/observation-status', () => false],
  ['Observation?category:not-in=http://hl7.org/fhir/ValueSet/observation-status', () => true],
  ['Observation?identifier=x1', ({ identifiers }) => any(identifiers, ['X1'])],
  ['Observation?identifier:not=x1,X2', ({ identifiers }) => !any(identifiers, ['X1', 'x2'])],
  [`Observation?identifier:of-type=${SYSTEM}|X|x1`, ({ identifiers }) => any(identifiers, ['X1'])],
  [`Observation?identifier:of-type=${SYSTEM}|x|x2`, ({ identifiers }) => any(identifiers, ['x2'])],
  [`Observation?identifier:of-type=${SYSTEM}|X|x2`, () => false],
  [`Observation?performer:identifier=${SYSTEM}|D1`, ({ identified }) => identified === 1],
  ['Observation?performer:identifier=d1,D2', ({ identified }) => identified === 1 || identified === 2],
  ['Observation?performer:identifier=https://other.example|D1', () => false],
  ['Observation?performer=Practitioner/D1', () => false],
  ['Observation?subject:Patient=p1', ({ patient }) => patient === 1],
  ['Observation?subject:missing=false&patient:missing=true', () => false],
  ['Observation?value-quantity=ne1', ({ grams }) => grams !== undefined && (grams < 0.5 || grams >= 1.5)],
  ['Observation?value-quantity=gt2||g', ({ grams }) => (grams ?? 0) > 2],
  ['Observation?value-quantity=lt2000|http://unitsofmeasure.org|mg', ({ grams }) => grams !== undefined && grams < 2],
  ['Observation?date=ge2026-01-20,lt2026-01-03', ({ day: of }) => of !== undefined && (of >= 20 || of < 3)],
  ['RiskAssessment?probability=ge0.5&probability=lt0.8', ({ chance }) => (chance ?? 0) >= 0.5 && (chance ?? 1) < 0.8],
  ['Questionnaire?title=a', ({ text }) => text === 'Älter' || text === 'Apple'],
  ['Questionnaire?title:exact=Älter', ({ text }) => text === 'Älter'],
  ['Questionnaire?title:contains=L', ({ text }) => text !== undefined && /l/i.test(text)],
  ['Questionnaire?url:below=https://forms.example/1', ({ url }) => url?.startsWith('https://forms.example/1') ?? false],
  ['Observation?code-value-quantity:missing=true', ({ grams }) => grams === undefined],
  ['Observation?patient.gender:missing=true', ({ patient }) => patient !== undefined && patient !== 0],
  ['Observation?patient.gender:not=male', ({ patient }) => patient !== undefined && patient !== 0],
];

describe.each(databaseKinds())('a search and a plain reading of what was written agree (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
    const patients = [0, 1, 2].map((at) => ({
      resourceType: 'Patient',
      id: `p${at}`,
      ...(at ? {} : { gender: 'male' }),
    }));
    for (const some of [patients, ...FACTS.map(resourcesOf)]) {
      const entry = some.map((resource) => {
        const { resourceType, id } = resource as Resource;
        return { resource, request: { method: 'PUT', url: `${resourceType}/${id}` } };
      });
      await done(call('POST', hub.fhir, { body: { resourceType: 'Bundle', type: 'transaction', entry } }));
    }
  }, 60_000);
  afterAll(() => hub?.close());

  async function ids(query: string): Promise<string[]> {
    const headers = { prefer: 'handling=strict' };
    const answer = await call<Bundle>('GET', `${hub.fhir}/${query}&_count=100`, { headers });
    expect([query, answer.status]).toEqual([query, 200]);
    return found<Resource>(answer).flatMap(({ id }) => (OF_HUB.has(id) ? [] : id));
  }
  const idsWhere = (meets: (fact: Fact) => boolean): string[] =>
    FACTS.filter(meets)
      .map(({ id }) => id)
      .sort();

  test.each(MODIFIED)('%s', async (query, meets) => {
    expect((await ids(query)).sort()).toEqual(idsWhere(meets));
  });

  test('what refers to a resource: none of it, or some', async () => {
    const referring = (meets: (fact: Fact) => boolean): string[] =>
      [...new Set(FACTS.filter(meets).flatMap(({ patient }) => (patient === undefined ? [] : [`p${patient}`])))].sort();
    for (const status of ['final', 'amended'])
      expect((await ids(`Patient?_has:Observation:patient:status:not=${status}`)).sort()).toEqual(
        referring((fact) => fact.status !== status),
      );
    expect((await ids('Patient?_has:Observation:patient:value-quantity:missing=true')).sort()).toEqual(
      referring(({ grams }) => grams === undefined),
    );
  });

  test.each(KINDS.map((each) => [`${each.type}?${each.code}`, each] as const))('%s:missing', async (name, each) => {
    const has = each.has ?? ((fact: Fact) => each.values(fact).length > 0);
    expect((await ids(`${name}:missing=false`)).sort()).toEqual(idsWhere(has));
    expect((await ids(`${name}:missing=true`)).sort()).toEqual(idsWhere((fact) => !has(fact)));
  });

  const sortable = KINDS.filter(({ code }) => code !== 'performer' && code !== '_lastUpdated');
  test.each(sortable.map((each) => [`${each.type} by ${each.code}`, each] as const))('sorted: %s', async (_, each) => {
    for (const descending of [false, true]) {
      const asked = await ids(`${each.type}?_sort=${descending ? '-' : ''}${each.code},_id`);
      expect(asked).toEqual(sorted(each, descending).map(({ id }) => id));
    }
  });
});

/** Those without a value last, whichever way; equals by their ids. */
function sorted({ values }: Kind, descending: boolean): Fact[] {
  const key = (fact: Fact): string | number | undefined => [...values(fact)].sort(compare).at(descending ? -1 : 0);
  return [...FACTS].sort((one, other) => {
    const [left, right] = [key(one), key(other)];
    if (left === undefined || right === undefined) {
      return Number(left === undefined) - Number(right === undefined) || compare(one.id, other.id);
    }
    return (descending ? -1 : 1) * compare(left, right) || compare(one.id, other.id);
  });
}

function compare(left: string | number, right: string | number): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
