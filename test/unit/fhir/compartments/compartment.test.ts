import { beforeAll, describe, expect, test } from '@jest/globals';
import { COMPARTMENTS, compartmentOf } from '../../../../src/fhir/compartments/compartment.ts';
import { isStoredType, loadDefinitions } from '../../../../src/fhir/definitions.ts';
import { parametersOf } from '../../../../src/fhir/search/parameters/parameter.ts';

beforeAll(loadDefinitions);

describe.each(COMPARTMENTS)('the compartment of a %s', (compartment) => {
  test('names types of R4, each with references that can lead there', () => {
    const members = [...compartmentOf(compartment)];
    expect(members.length).toBeGreaterThan(20);
    const wrong = members.flatMap(([type, params]) =>
      params
        .filter((code) => code !== '{def}')
        .filter((code) => {
          const parameter = parametersOf(type).get(code);
          return !isStoredType(type) || parameter?.type !== 'reference' || !parameter.targets.includes(compartment);
        })
        .map((code) => `${type}.${code}`),
    );
    expect(wrong).toEqual([]);
  });
});
