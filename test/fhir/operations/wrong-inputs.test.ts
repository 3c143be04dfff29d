import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { observation } from '../refusal.ts';
import { refusal } from './operation-calls.ts';

type Wrong = readonly [path: string, parameter: unknown, status: number, text: string, expression?: string];

describe.each(databaseKinds())('inputs that are no FHIR are refused by every operation, saying where (%s)', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  const profile = 'http://hl7.org/fhir/StructureDefinition/Observation';
  test.each<Wrong>([
    [
      'Observation/$validate',
      [
        { name: 'resource', resource: observation() },
        { name: 'profile', valueUri: [profile, profile] },
      ],
      400,
      'Only one value may stand here. Write it without a list.',
      'Parameters.parameter[1].value.ofType(uri)',
    ],
    [
      'Patient/$match',
      [{ name: 'count', valueInteger: { a: 1 } }],
      400,
      'Write a whole number from -2147483648 to 2147483647 here, without quotes.',
      'Parameters.parameter[0].value.ofType(integer)',
    ],
    [
      'ValueSet/$expand',
      [{ name: 'url', part: 'x' }],
      400,
      'This element may repeat. Write a list ([…]), even for one value.',
      'Parameters.parameter[0].part',
    ],
    [
      'CodeSystem/$lookup',
      'x',
      400,
      'Parameters.parameter must be a list in which every parameter has a name.',
      'Parameters.parameter',
    ],
  ])('%s', async (path, parameter, ...wanted) => {
    const answer = await call('POST', `${hub.fhir}/${path}`, { body: { resourceType: 'Parameters', parameter } });
    expect(refusal(answer)).toEqual(wanted);
  });

  test('but a resource that is to be validated may be anything', async () => {
    const parameter = [{ name: 'resource', resource: observation({ status: 'nonsense' }) }];
    const answer = await call('POST', `${hub.fhir}/Observation/$validate`, {
      body: { resourceType: 'Parameters', parameter },
    });
    expect(refusal(answer)[0]).toBe(200);
    expect(refusal(answer)[2]).toBe('Observation.status');
  });
});
