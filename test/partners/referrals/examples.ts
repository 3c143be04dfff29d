import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Resource } from '@medplum/fhirtypes';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Where HL7's published examples of SDOH Clinical Care stand, when they are beside this checkout. */
const PUBLISHED = join(ROOT, '../shared/ig/sdohcc/examples');
const OWN = join(ROOT, 'profiles/examples/valid');

const PUBLISHED_FOOD = [
  'Patient-pat-53234',
  'Observation-SDOHCC-ObservationResponseHungerVitalSignQuestion3Example',
  'Condition-SDOHCC-ConditionFoodInsecurityExample',
  'Goal-SDOHCC-GoalFoodSecurityExample',
  'Consent-SDOHCC-ConsentInformationDisclosureExample',
  'ServiceRequest-SDOHCC-ServiceRequestActiveFoodPantryApplicationAssistExample',
];

const OWN_FOOD = [
  'Patient-client',
  'Observation-food',
  'Condition-food',
  'Goal-food',
  'Consent-client',
  'ServiceRequest-food',
];
const OWN_HOUSING = [
  'Patient-client',
  'Observation-housing',
  'Condition-housing',
  'Goal-housing',
  'Consent-client',
  'ServiceRequest-housing',
];

export type Need = 'food' | 'housing';

/** The example resources a referral is made of: HL7's own where they are there and have the need, else this project's. */
export function examplesFor(need: Need): readonly (Resource & { id: string })[] {
  if (need === 'housing') return read(OWN, OWN_HOUSING);
  return hasPublishedExamples() ? read(PUBLISHED, PUBLISHED_FOOD) : read(OWN, OWN_FOOD);
}

export function hasPublishedExamples(): boolean {
  return PUBLISHED_FOOD.every((name) => existsSync(join(PUBLISHED, `${name}.json`)));
}

const known = new Map<string, readonly (Resource & { id: string })[]>();

function read(folder: string, names: readonly string[]): readonly (Resource & { id: string })[] {
  const key = join(folder, names.join());
  const resources =
    known.get(key) ??
    names.map((name) => JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Resource & { id: string });
  known.set(key, resources);
  return resources;
}
