import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '../../src/fhir/caller.ts';
import { loadDefinitions, storedTypes } from '../../src/fhir/definitions.ts';
import { APART } from '../../src/fhir/search/apart.ts';
import { compositeNamed } from '../../src/fhir/search/parameters/composite.ts';
import { type Parameter, type ParameterType, parametersOf } from '../../src/fhir/search/parameters/parameter.ts';
import { searchBundle } from '../../src/fhir/search/search.ts';
import { servedSearchParameters } from '../../src/fhir/search/served.ts';
import { keepStatistics } from '../../src/fhir/search/statistics.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../support/database.ts';

loadDefinitions();

/** A value that a parameter of each kind can be searched by. */
const VALUES: Readonly<Record<Exclude<ParameterType, 'composite'>, string>> = {
  token: 'https://example.org|x',
  reference: 'x',
  uri: 'https://example.org/x',
  string: "o'\\\\x",
  date: 'ge2026-03',
  number: 'lt5.4',
  special: '42.25|-83.69|11|km',
  quantity: '5.4|http://unitsofmeasure.org|mg',
};

/** The modifiers of each kind. */
const MODIFIERS: Readonly<Partial<Record<ParameterType, readonly string[]>>> = {
  token: ['not', 'text'],
  reference: ['identifier'],
  uri: ['above', 'below'],
  string: ['exact', 'contains'],
};

/** Every way in which a parameter can be used, all at once: each modifier it has, `:missing`, sorting, including. */
function searchesBy(type: string, parameter: Parameter): string[] {
  const { code } = parameter;
  const value = encodeURIComponent(valueFor(type, parameter));
  const modified = (MODIFIERS[parameter.type] ?? []).map((modifier) => `${code}:${modifier}=${value}`);
  const sorted = ['composite', 'special'].includes(parameter.type) ? [] : [`_sort=-${code}`];
  const included = parameter.type === 'reference' ? [`_include=${type}:${code}`] : [];
  return [[`${code}=${value}`, ...modified, ...sorted, ...included].join('&'), `${code}:missing=true`];
}

function valueFor(type: string, parameter: Parameter): string {
  if (parameter.type !== 'composite') return VALUES[parameter.type];
  return compositeNamed(type, parameter)
    .components.map((component) => VALUES[component.kinds[0] as keyof typeof VALUES])
    .join('$');
}

const served = (type: string): Parameter[] => [...parametersOf(type).values()];

describe.each(databaseKinds())('every search parameter of every type (%s)', (kind) => {
  const caller: Caller = { kind: 'client', organizationId: 'agency' };
  const now = new Date('2026-03-01');
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(kind);
  });
  afterAll(() => database?.close());

  const statistics = keepStatistics({ query: (text, values) => database.db.query(text, values) }, () => now);
  const ask = (type: string, query: string): ReturnType<typeof searchBundle> =>
    searchBundle({ sql: database.db, caller, base: 'https://hub.example', now, statistics }, type, params(query), {
      strict: true,
    });
  const params = (query: string): [string, string][] => [...new URLSearchParams(query)];

  // The audit is searched elsewhere.
  test.each(storedTypes().filter((type) => type !== APART))('%s', async (type) => {
    const searches = served(type).flatMap((parameter) => searchesBy(type, parameter));
    for (const query of searches) {
      const { total, entry } = await ask(type, query).catch((thrown: unknown) => {
        throw new Error(`${type}?${query}`, { cause: thrown });
      });
      expect([query, total, entry]).toEqual([query, 0, undefined]);
    }
  });

  test('there are thousands of them, all of which the metadata list', () => {
    const all = storedTypes().flatMap(served);
    expect(all.length).toBeGreaterThan(2_000);
    for (const type of storedTypes()) {
      const listed = servedSearchParameters(type).map(({ code }) => code);
      expect(listed.toSorted()).toEqual(['_id', '_lastUpdated', ...served(type).map(({ code }) => code)].sort());
    }
  });
});
