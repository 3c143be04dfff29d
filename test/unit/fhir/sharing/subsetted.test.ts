import { describe, expect, test } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { loadConsentPolicy } from '../../../../src/access/consent/policy.ts';
import { shownToOthers } from '../../../../src/access/consent/shown.ts';
import { parseJson } from '../../../../src/db/written-numbers.ts';
import { subsetted, subsettedAnew } from '../../../../src/fhir/sharing/subsetted.ts';
import { LABEL, leftOf, STREET, SUBSETS, saidOf, shownOf } from './cases-of-subsets.ts';

describe('of a client with a confidential address', () => {
  test.each(SUBSETS)('$name', (each) => {
    const left = subsetted(saidOf(each), shownOf(saidOf(each)) ?? []);
    expect(left).toEqual(leftOf(each));
    expect(JSON.stringify(left)).not.toContain(STREET);
  });
});

describe('what others are shown', () => {
  const of = (resourceType: string, ...codes: string[]): string[] | undefined => {
    const security = codes.map((code) => ({ ...LABEL, code }));
    return shownOf({ resourceType, meta: { security } } as Resource)?.toSorted();
  };

  test('is all of what has no such label, and all or nothing of other types', () => {
    expect(of('Patient')).toBeUndefined();
    expect(of('Patient', 'HIV')).toBeUndefined();
    expect(of('ServiceRequest', 'address-confidential')).toBeUndefined();
  });

  test('is the same with a further label, and of relatives what they are to the client', () => {
    expect(of('Patient', 'HIV', 'address-confidential')).toEqual(of('Patient', 'address-confidential'));
    expect(of('RelatedPerson', 'address-confidential')).toEqual(expect.arrayContaining(['relationship', 'name']));
  });

  test('is what every rule shows, where several do', () => {
    const policy = loadConsentPolicy();
    const shows = { elements: { Patient: ['gender', 'address'] }, extensions: [] };
    const labels = policy.labels.map((rule) => (rule.id === 'hiv' ? { ...rule, shows } : rule));
    const security = [{ code: 'HIV' }, { code: 'address-confidential' }];
    const shown = shownToOthers({ ...policy, labels })({ resourceType: 'Patient', meta: { security } });
    expect(shown).toEqual(['resourceType', 'id', 'meta', 'implicitRules', 'language', 'gender']);
  });
});

test('what was cut already is cut again with its numbers as they were written', () => {
  const json =
    '{"resourceType":"Observation","meta":{"tag":[{"code":"SUBSETTED"}]},"valueQuantity":{"value":2.00},"note":[]}';
  const cut = subsettedAnew(parseJson(json) as Resource, ['resourceType', 'meta', 'valueQuantity']);
  expect(JSON.stringify(cut)).toContain('"valueQuantity":{"value":2.00}');
});
