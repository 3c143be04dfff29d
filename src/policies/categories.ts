/**
 * Categories of services that policies may speak of, by the codes of ServiceRequest.category. A policy may name others
 * beside them, by saying what they mean.
 * @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/ValueSet-SDOHCC-ValueSetSDOHCategory.html
 */
export const CATEGORIES: readonly string[] = [
  'sdoh-category-unspecified',
  'food-insecurity',
  'housing-instability',
  'homelessness',
  'inadequate-housing',
  'transportation-insecurity',
  'financial-insecurity',
  'material-hardship',
  'educational-attainment',
  'employment-status',
  'veteran-status',
  'stress',
  'social-connection',
  'intimate-partner-violence',
  'elder-abuse',
  'personal-health-literacy',
  'health-insurance-coverage-status',
  'medical-cost-burden',
  'digital-literacy',
  'digital-access',
  'utility-insecurity',
  'incarceration-status',
  'language-access',
  'protective-factor',
];
