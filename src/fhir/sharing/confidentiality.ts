import type { Bundle, Resource } from '@medplum/fhirtypes';

export const CONFIDENTIALITY_SYSTEM = 'http://terminology.hl7.org/CodeSystem/v3-Confidentiality';

/** From the least to the most confidential. @see http://terminology.hl7.org/CodeSystem/v3-Confidentiality */
export const CONFIDENTIALITY: readonly string[] = ['U', 'L', 'M', 'N', 'R', 'V'];

/** The most confidential of some labels; N where none says. Pure. */
export function confidentialityOf(labels: readonly string[]): string {
  const highest = labels.reduce((most, label) => Math.max(most, CONFIDENTIALITY.indexOf(label)), -1);
  return CONFIDENTIALITY[highest] ?? 'N';
}

/**
 * A Bundle marked as confidential as the most confidential of its entries: its high-water mark. Of what they tell, the mark
 * says nothing. Pure.
 * @see https://hl7.org/fhir/R4/security-labels.html
 */
export function marked(bundle: Bundle): Bundle {
  const labels = (bundle.entry ?? []).flatMap(({ resource }) => labelsOf(resource));
  if (labels.length === 0) return bundle;
  const code = confidentialityOf(labels);
  const { meta, resourceType, ...rest } = bundle;
  return {
    resourceType,
    meta: { ...meta, security: [...(meta?.security ?? []), { system: CONFIDENTIALITY_SYSTEM, code }] },
    ...rest,
  };
}

function labelsOf(resource: Resource | undefined): string[] {
  const security = resource?.meta?.security;
  return security ? security.flatMap(({ code }) => (code && CONFIDENTIALITY.includes(code) ? [code] : [])) : [];
}
