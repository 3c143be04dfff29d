import type { Resource } from '@medplum/fhirtypes';

const SDOHCC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition';
const US_CORE = 'http://hl7.org/fhir/us/core/StructureDefinition';

/** The profiles that what this hub makes conforms to, and says so. */
export const PROFILES = {
  referralTask: `${SDOHCC}/SDOHCC-TaskForReferralManagement`,
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
