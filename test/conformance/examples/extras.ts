const EXAMPLE = { text: 'Example' };

/** What the invariants of a type ask for beyond its cardinalities. @see https://hl7.org/fhir/R4/conformance-rules.html */
export const EXTRAS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  AllergyIntolerance: {
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical', code: 'active' }],
    },
  },
  Appointment: { participant: [{ status: 'accepted', actor: { display: 'Example' } }] },
  AppointmentResponse: { actor: { display: 'Example' } },
  Bundle: { type: 'collection' },
  CapabilityStatement: {
    kind: 'instance',
    fhirVersion: '4.0.1',
    implementation: { description: 'Example' },
    rest: [{ mode: 'server' }],
  },
  Consent: { policyRule: EXAMPLE },
  ImmunizationRecommendation: { recommendation: [{ targetDisease: EXAMPLE, forecastStatus: EXAMPLE }] },
  InsurancePlan: { name: 'Example' },
  Linkage: {
    item: [
      { type: 'source', resource: { display: 'One' } },
      { type: 'alternate', resource: { display: 'Another' } },
    ],
  },
  Organization: { name: 'Example' },
  StructureDefinition: {
    kind: 'resource',
    abstract: false,
    type: 'Patient',
    baseDefinition: 'http://hl7.org/fhir/StructureDefinition/Patient',
    derivation: 'constraint',
    differential: { element: [{ id: 'Patient', path: 'Patient' }] },
  },
  TerminologyCapabilities: { description: 'Example', implementation: { description: 'Example' } },
};

/** What the invariants of a profile ask for, by the end of its address. */
export const PROFILE_EXTRAS: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'SDOHCC-ObservationAssessment': { valueCodeableConcept: EXAMPLE, effectiveDateTime: '2021-03-04' },
};
