import type { Consent, ConsentProvision } from '@medplum/fhirtypes';
import type { Disclosure, GivenConsent } from '../../../../src/access/consent/disclosure.ts';
import { loadConsentPolicy } from '../../../../src/access/consent/policy.ts';

export const POLICY = loadConsentPolicy();
const ACT_CODE = 'http://terminology.hl7.org/CodeSystem/v3-ActCode';

/** A disclosure of a Condition to a food bank. */
export function asked(
  labels: readonly string[] = [],
  more: Partial<Omit<Disclosure, 'resource'>> & { readonly resource?: Partial<Disclosure['resource']> } = {},
): Disclosure {
  const { resource, ...rest } = more;
  return {
    recipient: { organizationId: 'food-bank', types: [] },
    purpose: 'COC',
    addressed: false,
    now: new Date('2026-03-02T09:00:00Z'),
    ...rest,
    resource: { type: 'Condition', id: 'c1', labels, codes: [], author: 'hospital', at: '2026-02-01', ...resource },
  };
}

/** A Consent that the hospital wrote down. */
export function given(consent: Partial<Consent> & { id?: string }, author = 'hospital'): GivenConsent {
  return {
    author,
    consent: {
      resourceType: 'Consent',
      id: 'one',
      status: 'active',
      scope: { coding: [{ system: 'http://terminology.hl7.org/CodeSystem/consentscope', code: 'patient-privacy' }] },
      category: [{ coding: [{ system: ACT_CODE, code: 'IDSCL' }] }],
      dateTime: '2026-01-01',
      ...consent,
    },
  };
}

export function ruling(provision: ConsentProvision, more: Partial<Consent> & { id?: string } = {}): GivenConsent {
  return given({ provision, ...more });
}

/** An actor who receives. */
export function to(organizationId: string): NonNullable<ConsentProvision['actor']>[number] {
  return { role: { coding: [{ code: 'IRCP' }] }, reference: { reference: `Organization/${organizationId}` } };
}

export const TREATING: NonNullable<ConsentProvision['actor']>[number] = {
  role: { coding: [{ code: 'PROV' }] },
  reference: { display: 'Those who treat me' },
};

export function label(code: string): { system: string; code: string } {
  return { system: ACT_CODE, code };
}
