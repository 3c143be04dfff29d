import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { expandedCodes, isMember, loadTerminology } from '../../../../src/fhir/terminology/expansion.ts';

const GUIDES = fileURLToPath(new URL('../../../../../shared/ig/', import.meta.url));
const NOTES = 'http://hl7.org/fhir/us/core/ValueSet/us-core-clinical-note-type';

test('value sets of implementation guides are added, and those of R4 stay', () => {
  if (!existsSync(`${GUIDES}us-core-7`)) {
    console.log('No published definitions beside this checkout: guides are not tested.');
    return;
  }
  expect(expandedCodes(NOTES)).toBeUndefined();
  loadTerminology(`${GUIDES}us-core-7`);
  expect(isMember(NOTES, { system: 'http://loinc.org', code: '18842-5' })).toBe(true);
  expect(isMember(NOTES, { system: 'http://loinc.org', code: '1-8' })).toBe(false);
  loadTerminology(`${GUIDES}sdohcc/definitions`);
  const area = 'http://hl7.org/fhir/us/sdoh-clinicalcare/ValueSet/SDOHCC-ValueSetSDOHCategory';
  const temporary = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
  expect(isMember(area, { system: temporary, code: 'food-insecurity' })).toBe(true);
  expect(isMember('http://hl7.org/fhir/ValueSet/task-status', { code: 'requested' })).toBe(true);
});
