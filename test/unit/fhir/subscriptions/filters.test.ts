import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { candidate, meets, parseConditions } from '../../../../src/fhir/subscriptions/filters.ts';

const task: Task = {
  resourceType: 'Task',
  id: 't1',
  meta: { lastUpdated: '2026-03-02T09:00:00.000Z' },
  status: 'requested',
  intent: 'order',
  code: { coding: [{ system: 'http://a.example', code: 'fulfill' }, { code: 'bare' }] },
  for: { reference: 'Patient/p' },
  owner: { reference: 'Organization/food-bank/_history/3' },
  requester: { reference: 'https://elsewhere.example/Organization/h' },
};

beforeAll(loadDefinitions);

const met = (query: string, resource: Task = task): boolean => meets(parseConditions(query), candidate(resource));

describe('conditions', () => {
  test.each([
    ['status=requested', true],
    ['status=draft,requested', true],
    ['status=draft', false],
    ['status:not=draft', true],
    ['status:not=draft,requested', false],
    ['status=requested&intent=plan', false],
    ['code=fulfill', true],
    ['code=http://a.example|fulfill', true],
    ['code=http://b.example|fulfill', false],
    ['code=|bare', true],
    ['code=|fulfill', false],
    ['code=http://a.example|', true],
    ['owner=Organization/food-bank', true],
    ['owner=food-bank', true],
    ['owner=Practitioner/food-bank', false],
    ['requester=https://elsewhere.example/Organization/h', true],
    ['requester=h', false],
    ['patient=Patient/p', true],
    ['owner:missing=false', true],
    ['owner:missing=true', false],
    ['_id=t1,t2', true],
    ['_id=t', false],
    ['_lastUpdated=2026-03-02', true],
    ['_lastUpdated=gt2026-03-02', false],
    ['_lastUpdated=ge2026-03-02', true],
    ['_lastUpdated=lt2026-03-02T10:00:00Z', true],
    ['_lastUpdated=le2026-03-01', false],
  ])('%s: %p', (query, expected) => {
    expect(met(query)).toBe(expected);
  });

  test('an owner that is not there is missing', () => {
    const { owner: _owner, ...open } = task;
    expect(met('owner:missing=true&status=requested', open)).toBe(true);
    expect(met('owner:not=food-bank', open)).toBe(true);
  });

  test('a comma in a value is written with a backslash', () => {
    expect(parseConditions('code=a\\,b,c')).toEqual([{ param: 'code', modifier: undefined, values: ['a,b', 'c'] }]);
  });

  test('whatever is asked, a condition and its opposite are never both met', () => {
    const property = fc.property(fc.constantFrom('status', 'code', 'owner', 'patient'), fc.string(), (param, value) => {
      const [asked, opposite] = [`${param}=`, `${param}:not=`].map((name) => `${name}${encodeURIComponent(value)}`);
      expect(met(asked ?? '')).toBe(!met(opposite ?? ''));
    });
    fc.assert(property, { numRuns: 500 });
  });
});
