import { beforeAll, describe, expect, test } from '@jest/globals';
import type { Resource } from '@medplum/fhirtypes';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import { loadHouseProfiles } from '../../src/fhir/validate/profiles/known-profiles.ts';
import { examine } from '../../src/fhir/validate/validate.ts';
import { brokenBy } from './profiles/break.ts';
import { leastOf } from './profiles/build.ts';
import { isPublishedHere, profilesIn, SDOHCC, US_CORE } from './published.ts';

const EXTENSION =
  'http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-ExtensionHealthcareServiceCapacityStatus';
const TEMPORARY = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';

const UNKNOWN = { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/data-absent-reason', code: 'unknown' }] };

/** What a resource needs besides what its snapshot says: the invariants ask for it. */
const COMPLETED: Readonly<Record<string, object>> = {
  'SDOHCC-Consent': { policyRule: { text: 'x' } },
  'SDOHCC-HealthcareServiceForReferralManagement': {
    extension: [
      {
        url: EXTENSION,
        extension: [
          { url: 'capacityStatus', valueCodeableConcept: { coding: [{ system: TEMPORARY, code: 'no-capacity' }] } },
        ],
      },
    ],
  },
  'SDOHCC-ObservationAssessment': { valueString: 'x' },
  'SDOHCC-ObservationEthnicityOMB': { performer: [{ reference: 'Patient/1' }], dataAbsentReason: UNKNOWN },
  'SDOHCC-ObservationGenderIdentity': { performer: [{ reference: 'Patient/1' }] },
  'SDOHCC-ObservationPersonalCharacteristic': { performer: [{ reference: 'Patient/1' }] },
  'SDOHCC-ObservationPersonalPronouns': { performer: [{ reference: 'Patient/1' }] },
  'SDOHCC-ObservationRaceOMB': { performer: [{ reference: 'Patient/1' }], dataAbsentReason: UNKNOWN },
  'SDOHCC-ObservationScreeningResponse': { valueString: 'x' },
  'SDOHCC-ObservationSexualOrientation': { performer: [{ reference: 'Patient/1' }] },
  'SDOHCC-practitionerrole': { telecom: [{ system: 'phone', value: '1' }] },
};

/** The faults of a resource, as `code@place`, without numbers in lists. */
function faults(resource: object): string[] {
  const found = examine(resource as Resource, []).findings.filter(({ severity }) => severity === 'error');
  return found.map(({ code, expression }) => `${code}@${expression.replaceAll(/\[\d+\]/g, '')}`);
}

(isPublishedHere ? describe : describe.skip)('the published profiles', () => {
  const resources = (folder: string) =>
    profilesIn(folder).filter(({ kind, type }) => kind === 'resource' && type !== 'Extension');
  const sdohcc = isPublishedHere ? resources(SDOHCC) : [];
  const usCore = isPublishedHere ? resources(US_CORE) : [];
  beforeAll(() => {
    loadDefinitions();
    loadHouseProfiles(`${SDOHCC},${US_CORE}`);
  });

  test.each(sdohcc.map((each) => [each.id as string, each] as const))(
    '%s accepts the least it asks for',
    (id, profile) => {
      expect(faults({ ...leastOf(profile), ...COMPLETED[id] })).toEqual([]);
    },
  );

  test.each(usCore.map((each) => [each.id as string, each] as const))(
    '%s has nothing but rules against the least',
    (_id, profile) => {
      expect(faults(leastOf(profile)).filter((each) => !each.startsWith('invariant@'))).toEqual([]);
    },
  );

  test.each(sdohcc.map((each) => [each.id as string, each] as const))(
    '%s refuses what breaks each of its rules, at its place',
    (id, profile) => {
      const broken = brokenBy(profile, { ...leastOf(profile), ...COMPLETED[id] });
      expect(broken.length).toBeGreaterThan(0);
      const passed = broken.filter(({ resource, expected }) => !faults(resource).includes(expected));
      expect(passed.map(({ rule, resource, expected }) => ({ rule, expected, got: faults(resource) }))).toEqual([]);
    },
  );

  test.each(Object.keys(COMPLETED).filter((id) => !id.includes('HealthcareService')))(
    '%s refuses what breaks its invariants',
    (id) => {
      const profile = sdohcc.find((each) => each.id === id);
      expect(profile && faults(leastOf(profile))).toEqual(expect.arrayContaining([`invariant@${profile?.type}`]));
    },
  );
});
