import { beforeAll, describe, expect, test } from '@jest/globals';
import { parseSearchRequest, type SearchRequest } from '@medplum/core';
import fc from 'fast-check';
import { type Caller, visibleTo } from '../../../../src/fhir/caller.ts';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { countSql, searchSql, unknownParameters } from '../../../../src/fhir/search/to-sql.ts';

beforeAll(loadDefinitions);

const caller: Caller = { kind: 'client', organizationId: 'hospital' };

function sqlOf(url: string, limit = 21): ReturnType<typeof searchSql> {
  return searchSql(parseSearchRequest(url), caller, limit);
}

/** The parameters of these tests: one of each kind, with each modifier and prefix that is served. */
const SEARCHES = [
  'Task',
  'Task?status=requested',
  'Task?status=requested,accepted&owner=Organization/a',
  'Task?status:not=completed',
  'Task?owner:missing=true',
  'Task?owner:identifier=https://example.org|7',
  'Task?_id=a,b',
  'Task?_lastUpdated=ge2026-03-01',
  'Task?_sort=-_lastUpdated,_id',
  'Task?authored-on=sa2026-03-01&_sort=authored-on',
  'Patient?name=Åsa',
  'Patient?name:exact=Åsa',
  'Patient?name:contains=100%25_',
  'Patient?birthdate=ne2001&_sort=name',
  'Questionnaire?url=https://example.org/q',
];

describe('a search', () => {
  test.each(SEARCHES)('keeps within what the caller may see: %s', (url) => {
    const clause = ` AND ${visibleTo(caller)} `;
    for (const { text } of [sqlOf(url), countSql(parseSearchRequest(url), caller)])
      expect(`${text} `).toContain(clause);
  });

  test.each(SEARCHES)('leaves out what is deleted, and other types: %s', (url) => {
    const { text, values } = sqlOf(url);
    expect(text).toMatch(/^SELECT content FROM resource WHERE resource\.type = \$1 AND NOT resource\.deleted AND /);
    expect(values[0]).toBe(url.split('?')[0]);
  });

  test.each(SEARCHES)('is given each value once, by its place: %s', (url) => {
    const { text, values } = sqlOf(url);
    const places = new Set([...text.matchAll(/\$(\d+)/g)].map(([, place]) => Number(place)));
    expect([...places].sort((a, b) => a - b)).toEqual(values.map((_, at) => at + 1));
  });

  test('never has a value of the caller in its text', () => {
    const param = fc.constantFrom(
      'Task?status=',
      'Task?identifier=',
      'Task?_id=',
      'Patient?name=',
      'Patient?name:contains=',
      'Patient?name:exact=',
    );
    fc.assert(
      fc.property(param, fc.string({ minLength: 1, unit: 'binary' }), (start, value) => {
        const text = (of: string): string => sqlOf(start + encodeURIComponent(of).replaceAll('%2C', '')).text;
        expect(text(value)).toBe(text('x'));
      }),
    );
  });

  test('has an order that does not change from page to page', () => {
    expect(sqlOf('Task').text).toContain('ORDER BY resource.last_updated DESC, resource.id');
    expect(sqlOf('Task?_sort=_lastUpdated').text).toContain(
      'ORDER BY resource.last_updated ASC NULLS LAST, resource.id',
    );
    expect(sqlOf('Patient?_sort=-birthdate').text).toMatch(
      /ORDER BY \(SELECT min\(x\.starts_at\) .* DESC NULLS LAST, resource\.id/,
    );
  });

  test('asks for so many rows, from so far on', () => {
    expect(sqlOf('Task?_offset=40', 21).values.slice(-2)).toEqual([21, 40]);
    expect(sqlOf('Task', 3).values.slice(-2)).toEqual([3, 0]);
  });
});

describe('values', () => {
  test('separated by commas are alternatives; a comma of a value is escaped', () => {
    expect(sqlOf('Task?status=requested,accepted').values[1]).toEqual([
      'Task.status=requested',
      'Task.status=accepted',
    ]);
    expect(sqlOf('Task?_id=a%5C,b,c').values[1]).toEqual(['a,b', 'c']);
  });

  test('of a repeated parameter must all be met', () => {
    const { text } = sqlOf('Task?owner=Organization/a&owner=Organization/b');
    expect(text).toContain('(resource.tokens && $2::text[]) AND (resource.tokens && $3::text[])');
  });

  test('of names are compared without case and accents, and wildcards in them are letters', () => {
    expect(sqlOf('Patient?name=ÅSA').values[2]).toBe('asa%');
    expect(sqlOf('Patient?name=100%25_x').values[2]).toBe('100\\%\\_x%');
    expect(sqlOf('Patient?name:exact=ÅSA').values.slice(2, 4)).toEqual(['asa', 'ÅSA']);
  });
});

describe('a date is compared by the period it stands for', () => {
  const [from, to] = ['2026-03-02T00:00:00.000Z', '2026-03-02T23:59:59.999Z'];
  test.each([
    ['', 'd.starts_at >= $3 AND d.starts_at <= $4 AND d.ends_at <= $4', [from, to]],
    ['eq', 'd.starts_at >= $3 AND d.starts_at <= $4 AND d.ends_at <= $4', [from, to]],
    ['ne', 'NOT (d.starts_at >= $3 AND d.starts_at <= $4 AND d.ends_at <= $4)', [from, to]],
    ['gt', 'd.ends_at > $3', [to]],
    ['lt', 'd.starts_at < $3', [from]],
    ['ge', 'd.ends_at >= $3', [from]],
    ['le', 'd.starts_at <= $3', [to]],
    ['sa', 'd.starts_at > $3', [to]],
    ['eb', 'd.ends_at < $3', [from]],
    ['ap', 'd.starts_at <= $3 AND d.ends_at >= $4', [to, from]],
  ])('with the prefix "%s"', (prefix, clause, compared) => {
    const { text, values } = sqlOf(`Task?authored-on=${prefix}2026-03-02`);
    expect(text).toContain(`AND d.param = $2 AND ${clause})`);
    expect(values.slice(2, -2)).toEqual(compared);
  });
});

describe('what cannot be searched is refused with the reason:', () => {
  test.each([
    [
      'Patient?name:text=x',
      'The search parameter "name" cannot be used so. The modifier :text is not supported for string parameters.',
    ],
    [
      'Task?status:text=x',
      'The search parameter "status" cannot be used so. The modifier :text is not supported for token parameters.',
    ],
    [
      'Observation?value-quantity=5',
      'The search parameter "value-quantity" cannot be used so. Searching by quantity is not supported here.',
    ],
    [
      'Task?_lastUpdated=soon',
      'The search parameter "_lastUpdated" cannot be used so. Its value is not a FHIR date, e.g. 2026-11-22 or 2026-11-22T10:00:00Z.',
    ],
    [
      'Task?_sort=status',
      'Results cannot be sorted by "status". Sort by _lastUpdated, _id, or a date or string parameter of Task.',
    ],
    ['Task?_offset=many', '_offset must be a whole number, 0 or more.'],
    ['Task?_offset=-1', '_offset must be a whole number, 0 or more.'],
  ])('%s', (url, text) => {
    const request: SearchRequest = url.includes('_lastUpdated')
      ? { resourceType: 'Task', filters: [{ code: '_lastUpdated', operator: 'eq', value: 'soon' }] }
      : parseSearchRequest(url);
    expect(() => searchSql(request, caller, 1)).toThrow(text);
  });
});

describe('a parameter that is not known', () => {
  test.each(['colour', 'toString', 'constructor', '__proto__'])('is left out, and reported: %s', (code) => {
    const request: SearchRequest = { resourceType: 'Task', filters: [{ code, operator: 'eq', value: 'x' }] };
    expect(unknownParameters(request)).toEqual([code]);
    expect(searchSql(request, caller, 1).text).toBe(sqlOf('Task', 1).text);
  });

  test('is none of those that are', () => {
    expect(unknownParameters(parseSearchRequest('Task?status=a&_id=b&_lastUpdated=2026&owner=c'))).toEqual([]);
  });
});
