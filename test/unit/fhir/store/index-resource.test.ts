import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Patient, Questionnaire, Resource, Task } from '@medplum/fhirtypes';
import { loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { servedSearchParameters } from '../../../../src/fhir/search/served.ts';
import { indexResource } from '../../../../src/fhir/store/index/index-resource.ts';

beforeAll(loadDefinitions);

const task: Task = {
  resourceType: 'Task',
  id: 't',
  status: 'requested',
  intent: 'order',
  identifier: [{ system: 'https://hospital.example', value: 'A-1' }, { value: 'bare' }],
  code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
  owner: { reference: 'Organization/agency', identifier: { system: 'https://npi.example', value: '77' } },
  authoredOn: '2026-03-02T09:00:00+01:00',
  executionPeriod: { start: '2026-03' },
};

const patient: Patient = {
  resourceType: 'Patient',
  id: 'p',
  active: true,
  name: [{ use: 'official', family: 'Löwenström', given: ['Åsa', 'Maria'], prefix: ['Dr.'] }],
  address: [{ use: 'home', type: 'postal', line: ['1 High Street'], city: 'Reykjavík' }],
  birthDate: '1950-05',
};

const tokens = (resource: Resource, param: string): string[] =>
  indexResource(resource)
    .tokens.filter((token) => token.startsWith(`${resource.resourceType}.${param}=`))
    .map((token) => token.slice(token.indexOf('=') + 1));
/** The texts of a parameter, folded. */
const strings = (resource: Resource, param: string): (string | undefined)[] =>
  indexResource(resource)
    .texts.filter((text) => text.startsWith(`${resource.resourceType}.${param}=`))
    .map((text) => text.slice(text.indexOf('=') + 1).split('\u0001')[0]);

describe('a resource is found by', () => {
  test('a code alone, with its system, and by the system', () => {
    expect(tokens(task, 'code').sort()).toEqual([
      'fulfill',
      'http://hl7.org/fhir/CodeSystem/task-code|',
      'http://hl7.org/fhir/CodeSystem/task-code|fulfill',
    ]);
  });

  test('a plain code, as such', () => {
    expect(tokens(task, 'status')).toEqual(['requested']);
  });

  test('an identifier, with and without its system', () => {
    expect(tokens(task, 'identifier')).toEqual(
      expect.arrayContaining([
        'A-1',
        'https://hospital.example|A-1',
        'https://hospital.example|',
        'bare',
        '|bare',
        'a-1',
      ]),
    );
  });

  test('a reference, by type and id, and by the identifier it names', () => {
    expect(tokens(task, 'owner')).toEqual([
      'Organization/agency',
      'identifier:77',
      'identifier:https://npi.example|77',
      'identifier:https://npi.example|',
    ]);
  });

  test('a reference to one version, and to what it is a version of', () => {
    const versioned = { ...task, focus: { reference: 'ServiceRequest/1/_history/2' } };
    expect(tokens(versioned, 'focus')).toEqual(['ServiceRequest/1/_history/2', 'ServiceRequest/1']);
  });

  test('something, when what it says has no form of its own', () => {
    expect(tokens({ ...task, code: { text: 'Food' } }, 'code')).toEqual(['*']);
  });

  test('a long value, cut, so that the index can hold it', () => {
    const long = 'x'.repeat(5_000);
    const [key = '', other = ''] = [long, `${long}y`].map(
      (value) => tokens({ ...task, identifier: [{ value }] }, 'identifier')[0],
    );
    expect(key.length).toBeLessThan(500);
    expect(key).not.toBe(other);
  });

  test('a boolean', () => {
    expect(tokens(patient, 'active')).toEqual(expect.arrayContaining(['true']));
  });

  test('an address of its own', () => {
    const questionnaire: Questionnaire = {
      resourceType: 'Questionnaire',
      status: 'active',
      url: 'https://example.org/q',
    };
    expect(tokens(questionnaire, 'url')).toEqual(['https://example.org/q']);
  });

  test('nothing that it does not say', () => {
    expect(tokens(task, 'focus')).toEqual([]);
    expect(tokens({ resourceType: 'Task', status: 'draft', intent: 'order' }, 'owner')).toEqual([]);
  });

  test('nothing it has in columns already', () => {
    expect(indexResource(task).tokens.filter((token) => /\._(id|lastUpdated)=/.test(token))).toEqual([]);
    expect(indexResource(task).ranges.map(({ param }) => param)).toEqual(['authored-on', 'period']);
  });
});

describe('a name is found by', () => {
  test('each of its parts, and as a whole, without case and accents', () => {
    expect(strings(patient, 'name')).toEqual(expect.arrayContaining(['lowenstrom', 'asa', 'maria', 'dr.']));
    expect(strings(patient, 'family')).toEqual(['lowenstrom']);
    expect(strings(patient, 'given').sort()).toEqual(['asa', 'maria']);
  });

  test('what it is, not by what it is used for', () => {
    expect(strings(patient, 'name')).not.toContain('official');
    expect(strings(patient, 'address')).toEqual(expect.arrayContaining(['1 high street', 'reykjavik']));
    for (const use of ['home', 'postal']) expect(strings(patient, 'address')).not.toContain(use);
  });

  test('as it is written', () => {
    expect(indexResource(patient).texts).toContain('Patient.family=lowenstrom\u0001Löwenström');
  });
});

describe('a date is found by the period it covers:', () => {
  const dates = (resource: Resource, param: string): unknown[] =>
    indexResource(resource)
      .ranges.filter((each) => each.param === param)
      .map(({ low, high }) => [new Date(low).toISOString(), new Date(high).toISOString()]);

  test('a month', () => {
    expect(dates(patient, 'birthdate')).toEqual([['1950-05-01T00:00:00.000Z', '1950-05-31T23:59:59.999Z']]);
  });

  test.each(['1980-06', '1980-02', '1981-02', '1980-12'])(
    'the days of a month, however many it has: %s',
    (birthDate) => {
      const [year, month] = birthDate.split('-').map(Number);
      const last = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).toISOString().slice(0, 10);
      expect(dates({ ...patient, birthDate }, 'birthdate')).toEqual([
        [`${birthDate}-01T00:00:00.000Z`, `${last}T23:59:59.999Z`],
      ]);
    },
  );

  test('a leap second is not found, and does no harm', () => {
    expect(dates({ ...task, authoredOn: '2016-12-31T23:59:60Z' }, 'authored-on')).toEqual([]);
  });

  test('a second in another zone', () => {
    expect(dates(task, 'authored-on')).toEqual([['2026-03-02T08:00:00.000Z', '2026-03-02T08:00:00.999Z']]);
  });

  test('a period without an end goes on for ever', () => {
    expect(dates(task, 'period')).toEqual([['2026-03-01T00:00:00.000Z', '9999-12-31T23:59:59.999Z']]);
  });

  test('a period without a start has always been', () => {
    expect(dates({ ...task, executionPeriod: { end: '2026' } }, 'period')).toEqual([
      ['0001-01-01T00:00:00.000Z', '2026-12-31T23:59:59.999Z'],
    ]);
  });
});

test('parameters that only the engine knows are none', () => {
  const codes = servedSearchParameters('Task').map(({ code }) => code);
  expect(codes).toEqual(expect.arrayContaining(['status', '_id', '_lastUpdated', '_tag', '_profile', 'output']));
  for (const code of ['_compartment', '_project', 'toString']) expect(codes).not.toContain(code);
});

test('indexing does not touch the resource, and says each thing once', () => {
  for (const resource of [task, patient]) {
    const before = structuredClone(resource);
    const { tokens: found } = indexResource(resource);
    expect(resource).toEqual(before);
    expect(new Set(found).size).toBe(found.length);
  }
});
