import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { AppError } from '../../src/errors.ts';
import type { Caller } from '../../src/fhir/caller.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { searchBundle } from '../../src/fhir/search/search.ts';
import { keepStatistics } from '../../src/fhir/search/statistics.ts';
import { publishedCodeSystem } from '../../src/fhir/terminology/expansion.ts';
import { databaseKinds, type FreshDatabase, freshDatabase } from '../support/database.ts';

loadDefinitions();

const NAMES = [
  ...['_id', '_lastUpdated', '_tag', '_profile', '_list', '_type', '_sort', '_count', '_total', '_cursor', '_include'],
  ...[
    '_revinclude',
    '_include:iterate',
    '_has',
    '_has:Observation:patient:code',
    '_text',
    '_filter',
    'identifier',
    'name',
  ],
  ...['name:exact', 'name:contains', 'family', 'birthdate', 'gender', 'gender:not', 'telecom', 'organization'],
  ...['organization.name', 'general-practitioner.name', 'link:Patient.birthdate', 'organization:missing', 'code'],
  ...['code:below', 'code:above', 'url:below', 'near', 'near:missing', 'characteristic-value', 'questionnaire.title'],
  ...['_contained', '_containedType', 'instantiates-canonical', '_id:missing', 'context-type-quantity'],
  ...['code-value-quantity', 'value-quantity', 'date', 'subject', 'subject:identifier', 'combo-code-value-quantity'],
  ...['constructor', '__proto__', 'toString', '', '.', ':', 'a.', '.a', 'name:', ':not', '_has:', '_has:::', 'a:b:c.d'],
];
const PIECES = [
  ...[',', '|', '$', '\\', "'", '"', '%', '_', ':*', '&', '!', '(', ')', '{', '}', '\0', '\u0001', '😀', '\ud83d', 'é'],
  ...[
    'ge',
    '|http://unitsofmeasure.org|kg',
    '|http://unitsofmeasure.org|[degF]',
    '42.2|-83.7|10|km',
    'a$gt1|http://unitsofmeasure.org|mg/dL',
    'sa',
    '2026',
    '2026-02-30',
    '2026-03-01T10:00:00Z',
    '0000',
    '9999-12-31',
    '0000',
    '0001-01-01T00:00:00+14:00',
    '1e308',
    '-1e308',
    '5.4',
    '||',
    'true',
  ],
  ...[
    'Patient',
    'Patient/1',
    'Observation:subject',
    '*',
    'http://x/y',
    'urn:uuid:1',
    'name',
    '-birthdate',
    'x'.repeat(3_000),
  ],
];

describe.each(databaseKinds())('whatever is searched for (%s)', (kind) => {
  const caller: Caller = { kind: 'client', organizationId: 'agency' };
  const now = new Date('2026-03-01');
  let database: FreshDatabase;
  beforeAll(async () => {
    database = await freshDatabase(kind);
  });
  afterAll(() => database?.close());

  test('is answered, or refused in words', async () => {
    const statistics = keepStatistics(database.db, () => now);
    const codeSystem = publishedCodeSystem;
    const value = fc.array(fc.constantFrom(...PIECES), { maxLength: 5 }).map((pieces) => pieces.join(''));
    const name = fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...NAMES) }, { weight: 1, arbitrary: value });
    const params = fc.array(fc.tuple(name, value), { maxLength: 4 });
    const type = fc.constantFrom(
      'Patient',
      'Observation',
      'Group',
      'Location',
      'ValueSet',
      'QuestionnaireResponse',
      undefined,
    );
    await fc.assert(
      fc.asyncProperty(type, params, fc.boolean(), async (searched, asked, strict) => {
        const searching = { sql: database.db, caller, base: 'https://hub.example', now, statistics, codeSystem };
        const answer = await searchBundle(searching, searched, asked, { strict }).catch((thrown: unknown) => thrown);
        if (answer instanceof AppError) expect([answer.kind, answer.message]).toEqual(['invalid', expect.any(String)]);
        else expect(answer).toMatchObject({ resourceType: 'Bundle', type: 'searchset' });
      }),
      { numRuns: 2_000 },
    );
  }, 120_000);
});
