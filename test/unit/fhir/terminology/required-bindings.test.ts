import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, StructureDefinition } from '@medplum/fhirtypes';
import { readDefinitions } from '../../../../src/fhir/definitions.ts';
import { expandedCodes, isMember } from '../../../../src/fhir/terminology/expansion.ts';

const R4 = 'http://hl7.org/fhir/ValueSet';

/** The value sets that R4 requires codes of its types and resources to be of. */
const required = new Set<string>();

beforeAll(() => {
  for (const file of ['profiles-types.json', 'profiles-resources.json']) {
    for (const { resource } of readDefinitions<Bundle<StructureDefinition>>(file).entry ?? []) {
      for (const { binding } of resource?.snapshot?.element ?? []) {
        if (binding?.strength === 'required' && binding.valueSet) required.add(binding.valueSet);
      }
    }
  }
});

describe('the value sets that R4 requires', () => {
  test('are listed, except two that have a grammar and four that R4 does not have', () => {
    const unlisted = [...required].filter((url) => !expandedCodes(url));
    expect(required.size).toBe(228);
    expect(unlisted.sort()).toEqual([
      // A resource of 5.0 and one of 4.3 are among the definitions; LL379-9 is LOINC's.
      `${R4}/characteristic-combination|5.0.0`,
      `${R4}/mimetypes|4.0.1`,
      `${R4}/subscription-notification-type|4.3.0`,
      `${R4}/subscription-status|4.3.0`,
      `${R4}/ucum-units|4.0.1`,
      'http://loinc.org/vs/LL379-9|4.0.1',
    ]);
  });

  test('hold every code they list, and no other', () => {
    for (const url of required) {
      const codes = expandedCodes(url);
      for (const [system, ofSystem] of codes ?? []) {
        for (const code of ofSystem) expect([url, code, isMember(url, { system, code })]).toEqual([url, code, true]);
      }
      if (codes) expect([url, isMember(url, { code: 'no such code' })]).toEqual([url, false]);
    }
  });

  test.each<[string, string, boolean | undefined]>([
    ['task-status|4.0.1', 'requested', true],
    ['task-status', 'Requested', false],
    ['currencies|4.0.1', 'EUR', true],
    ['currencies|4.0.1', 'EURO', false],
    ['mimetypes|4.0.1', 'application/fhir+json; fhirVersion=4.0', true],
    ['mimetypes|4.0.1', 'json', true],
    ['mimetypes|4.0.1', 'a picture', false],
    ['ucum-units|4.0.1', 'mg/dL', true],
    ['ucum-units|4.0.1', '[degF]', true],
    ['ucum-units|4.0.1', 'mg per dL', false],
    ['ucum-units|4.0.1', '[degF', false],
    ['all-languages|4.0.1', 'zh-Hant-TW', true],
    ['all-languages|4.0.1', 'a language', false],
    ['ucum-units|4.0.1', 'kg/(m.s2)', true],
    ['ucum-units|4.0.1', '10*3/uL', true],
    ['ucum-units|4.0.1', '{score}', true],
    ['ucum-units|4.0.1', '°C', false],
    ['ucum-units|4.0.1', 'mg//', false],
    ['all-languages', 'en_US', false],
    ['all-languages', 'sl-rozaj-biske-1994', true],
    ['all-languages', 'de-419-DE', false],
    ['all-languages', 'i-klingon', true],
    ['all-languages', 'x-whatever', true],
    ['all-languages', 'de-', false],
    ['all-time-units', 'wk', true],
    ['all-time-units', 'ms', true],
    ['all-time-units', 'kg', false],
    ['all-time-units', 'weeks', false],
    ['all-time-units', '10.s', undefined],
    ['all-distance-units', 'km', true],
    ['all-distance-units', '[in_i]', true],
    ['all-distance-units', 'h', false],
    ['characteristic-combination|5.0.0', 'all-of', undefined],
    ['task-status|5.0.0', 'requested', undefined],
    ['constructor', 'x', undefined],
  ])('%s: is %s in it? %s', (name, code, verdict) => {
    expect(isMember(`${R4}/${name}`, { code })).toBe(verdict);
  });

  test('tell two systems apart', () => {
    const status = `${R4}/task-status`;
    expect(isMember(status, { system: 'http://hl7.org/fhir/task-status', code: 'requested' })).toBe(true);
    expect(isMember(status, { system: 'http://hl7.org/fhir/request-status', code: 'requested' })).toBe(false);
  });

  test('that draw on SNOMED CT can be told of only in part', () => {
    const reason = `${R4}/encounter-reason`;
    expect(expandedCodes(reason)).toBeUndefined();
    expect(isMember(reason, { system: 'http://snomed.info/sct', code: '404684003' })).toBeUndefined();
    expect(isMember(reason, { system: 'http://loinc.org', code: '404684003' })).toBe(false);
  });
});
