import type { Consent, ConsentProvision } from '@medplum/fhirtypes';

const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** A client's agreement to what a provision permits, or denial of it. */
export function consentOf(patient: string, provision: ConsentProvision, more: Partial<Consent> = {}): Consent {
  return {
    resourceType: 'Consent',
    status: 'active',
    scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
    category: [{ coding: [{ system: ACT_CODE, code: 'IDSCL' }] }],
    patient: { reference: patient },
    dateTime: '2026-01-15',
    policyRule: { coding: [{ system: ACT_CODE, code: 'OPTIN' }] },
    provision,
    ...more,
  };
}

/** An organization that may, or may not, be told. */
export function toOrganization(id: string): NonNullable<ConsentProvision['actor']> {
  const system = 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType';
  return [{ role: { coding: [{ system, code: 'IRCP' }] }, reference: { reference: `Organization/${id}` } }];
}

export function label(code: string): { system: string; code: string } {
  return { system: ACT_CODE, code };
}
