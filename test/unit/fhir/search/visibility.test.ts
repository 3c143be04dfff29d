import { describe, expect, test } from '@jest/globals';
import { type Caller, visibleTo } from '../../../../src/fhir/caller.ts';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { REFERRED_SQL } from '../../../../src/fhir/search/include.ts';
import { REFERRING_SQL } from '../../../../src/fhir/search/referring.ts';
import { readRequest } from '../../../../src/fhir/search/request/read-request.ts';
import {
  countStatement,
  foundStatement,
  gatherStatement,
  walkStatement,
} from '../../../../src/fhir/search/sql/statements.ts';
import type { Statement } from '../../../../src/fhir/search/sql/values.ts';

loadDefinitions();

const caller: Caller = { kind: 'client', organizationId: 'hospital' };
const context = { base: 'https://hub.example', now: new Date('2026-03-01') };
const page = { place: undefined, backwards: false, limit: 21, asOf: new Date('2026-03-01') };

/** One of each kind, those that look at other resources among them, in each other. */
const SEARCHES = [
  'Task',
  'Task?status=requested,accepted&owner=Organization/a',
  'Task?status:not=completed&owner:missing=true',
  'Task?_id=a,b&_lastUpdated=ge2026-03-01',
  'Task?authored-on=sa2026-03-01&_sort=authored-on,status,patient',
  'Patient?name:contains=%25_&birthdate=ne2001&_sort=name',
  'Observation?combo-code-value-quantity=a$gt5||mg',
  'Task?patient.name=Ann',
  'Task?patient.organization.partof.name=x&_sort=-owner',
  'Observation?subject.name=x',
  'Patient?_has:Observation:patient:code=1',
  'QuestionnaireResponse?questionnaire.title=x',
  'CarePlan?instantiates-canonical.title=x&_sort=date',
  'Questionnaire?_has:QuestionnaireResponse:questionnaire:patient.name=x',
  'HealthcareService?location.near=1|2|3',
  'Group?characteristic-value=a$gt5|http://unitsofmeasure.org|mg',
  'Organization?_has:Patient:organization:_has:Observation:patient:performer.name=x',
];

const LIST = { kind: 'keys', keys: ['Task.owner=Organization/x'] } as const;

describe.each(SEARCHES)('%s', (url) => {
  const [type = '', query] = url.split('?');
  const request = readRequest(context, type, [...new URLSearchParams(query)]);
  const statements: Record<string, Statement> = {
    gathered: gatherStatement(request, caller, page),
    'looked for in order': walkStatement(request, caller, page, { budget: 500 }),
    'looked for in a list': walkStatement(request, caller, page, { list: LIST, budget: 500 }),
    counted: countStatement(request, caller),
    'of which ids are taken': foundStatement(type, request.where, caller, () => 'SELECT id FROM hit'),
  };

  test.each(Object.entries(statements))(
    '%s, keeps within what the caller may see, in every row it looks at',
    (_, { text }) => {
      const rows = [...text.matchAll(/\bresource (r\d+)\b/g)].map(([, row]) => row);
      for (const row of rows) expect(text).toContain(`AND ${visibleTo(caller, row)} AND`);
      expect(text).toContain(visibleTo(caller, 'resource'));
      const deleted = [...text.matchAll(/NOT (\w+)\.deleted/g)].map(([, row]) => row);
      expect(deleted.toSorted()).toEqual(['resource', ...rows].toSorted());
    },
  );

  test.each(Object.entries(statements))('%s, is given each value once, by its place', (_, { text, values }) => {
    const places = new Set([...text.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place)));
    expect([...places].toSorted((a, b) => a - b)).toEqual(values.map((_value, at) => at + 1));
  });
});

test('what is brought along is within what the caller may see', () => {
  for (const text of [REFERRED_SQL(caller), REFERRING_SQL(caller)])
    expect(text).toContain(`NOT deleted AND ${visibleTo(caller)}`);
});
