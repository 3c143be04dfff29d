import type { Resource } from '@medplum/fhirtypes';
import { conforms } from './validate/validate.ts';

const SDOHCC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition';
const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition';

/** The profiles that what this hub makes conforms to, and says so. */
export const PROFILES = {
  referralTask: `${SDOHCC}/SDOHCC-TaskForReferralManagement`,
  patientTask: `${SDOHCC}/SDOHCC-TaskForPatient`,
  referralRequest: `${SDOHCC}/SDOHCC-ServiceRequest`,
  goal: `${SDOHCC}/SDOHCC-Goal`,
  carePlan: `${US_CORE}/us-core-careplan`,
  problem: `${US_CORE}/us-core-condition-problems-health-concerns`,
  request: `${US_CORE}/us-core-servicerequest`,
} as const;

/** A resource that claims a profile, besides those it claims already. Pure. @see https://hl7.org/fhir/R4/resource.html#Meta */
export function claiming<T extends Resource>(resource: T, profile: string): T {
  const claimed = resource.meta?.profile ?? [];
  if (claimed.includes(profile)) return resource;
  return { ...resource, meta: { ...resource.meta, profile: [...claimed, profile] } };
}

/**
 * A resource that claims of some profiles those it conforms to. One that is not known here is claimed where
 * `otherwise` holds.
 */
export function claimingWhatHolds<T extends Resource>(
  resource: T,
  profiles: readonly string[],
  otherwise: (profile: string) => boolean,
): T {
  const { meta: given, ...content } = resource;
  const { profile: _claimed, ...meta } = given ?? {};
  const bare = (Object.keys(meta).length > 0 ? { ...content, meta } : content) as T;
  const held = [...new Set(profiles)].filter((each) => conforms(bare, each) ?? otherwise(each));
  return held.length > 0 ? { ...bare, meta: { ...meta, profile: held } } : bare;
}
