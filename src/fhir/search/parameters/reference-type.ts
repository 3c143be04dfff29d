import type { Reference } from '@medplum/fhirtypes';

/** The type a reference leads to, as far as it says so itself. Pure. @see https://hl7.org/fhir/R4/references.html#literal */
export function typeOfReference(value: unknown): string | undefined {
  const { reference, type } = (value ?? {}) as Reference;
  if (typeof reference !== 'string') return typeof type === 'string' ? type : undefined;
  const segments = reference.split('/');
  const history = segments.indexOf('_history');
  const end = history > 0 ? history : segments.length;
  const name = segments[end - 2];
  return name && /^[A-Z][A-Za-z]+$/.test(name) ? name : (type as string | undefined);
}
