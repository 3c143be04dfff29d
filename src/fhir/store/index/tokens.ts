import type { CodeableConcept, Coding, ContactPoint, Identifier, Reference, Resource } from '@medplum/fhirtypes';
import type { Found } from '../../search/parameters/compile.ts';

/** Takes the forms a value is found by, one after the other. */
export type Put = (form: string) => void;

/**
 * The forms a token is found by: `code`, `system|code`, `|code` (no system) and `system|`. Pure.
 * @see https://hl7.org/fhir/R4/search.html#token
 */
export function putToken({ type, value }: Found, put: Put): void {
  switch (type) {
    case 'Coding':
      putCoding(value as Coding, put);
      break;
    case 'CodeableConcept':
      for (const coding of (value as CodeableConcept).coding ?? []) putCoding(coding, put);
      break;
    case 'Identifier':
      putIdentifier(value as Identifier, put);
      break;
    case 'ContactPoint':
      putContactPoint(value as ContactPoint, put);
      break;
    case 'string':
      putAnyCase(value, put);
      break;
    default:
      if (typeof value !== 'object') put(String(value));
  }
}

function putCoding({ system, code }: Coding, put: Put): void {
  if (code !== undefined) put(code);
  if (code !== undefined) put(system === undefined ? `|${code}` : `${system}|${code}`);
  if (system !== undefined) put(`${system}|`);
}

function putIdentifier({ system, value, type }: Identifier, put: Put): void {
  putCaseless(system, value, put);
  if (value === undefined) return;
  for (const { system: of, code } of type?.coding ?? []) if (code) put(ofType(of ?? '', code, value));
}

/**
 * R4 gives a contact point no namespace. What clients send before the `|` is its system, or its use, as STU3 had it: both
 * find it.
 */
function putContactPoint({ system, use, value }: ContactPoint, put: Put): void {
  putCaseless(system, value, put);
  if (use !== undefined) putCaseless(use, value, put);
}

/** The form for `:of-type`. @see https://hl7.org/fhir/R4/search.html#token */
export function ofType(system: string, code: string, value: string): string {
  return `of-type:${system}|${code}|${value.toLowerCase()}`;
}

/** Values whose case does not count stand in lower case too, which is what is searched for. */
function putCaseless(system: string | undefined, value: string | undefined, put: Put): void {
  putCoding({ ...(system === undefined ? {} : { system }), ...(value === undefined ? {} : { code: value }) }, put);
  const lower = value?.toLowerCase();
  if (lower === undefined || lower === value) return;
  put(lower);
  put(`${system ?? ''}|${lower}`);
}

function putAnyCase(value: unknown, put: Put): void {
  const text = String(value);
  put(text);
  const lower = text.toLowerCase();
  if (lower !== text) put(lower);
}

/** The types of values whose case does not count. */
export const CASELESS: ReadonlySet<string> = new Set(['Identifier', 'ContactPoint', 'string']);

/** A reference is found by `Type/id`, with its version where it has one, by its whole address, or by an identifier. */
export function putReference({ type, value }: Found, put: Put): void {
  if (typeof value === 'string') putAddress(type, value, put);
  else putResourceReference(value as Resource & Reference, put);
}

function putResourceReference(
  { resourceType, id, reference, identifier }: Partial<Resource> & Reference,
  put: Put,
): void {
  // The first entry of a document is the reference itself.
  if (resourceType && id) put(`${resourceType}/${id}`);
  if (typeof reference === 'string') putLiteral(reference, put);
  if (identifier && !resourceType) putIdentifier(identifier, (form) => put(IDENTIFIED + form));
}

/** How the form of a reference begins that is found by the identifier it names. */
export const IDENTIFIED = 'identifier:';

function putLiteral(reference: string, put: Put): void {
  put(reference);
  const version = reference.indexOf('/_history/');
  if (version > 0) put(reference.slice(0, version));
}

/**
 * A canonical address is found with its version and without. One that names none ends with `|` once more: so a search
 * by what it means can tell that it means every version.
 * @see https://hl7.org/fhir/R4/references.html#canonical
 */
function putAddress(type: string, whole: string, put: Put): void {
  put(whole);
  if (type !== 'canonical') return;
  const [address = ''] = whole.split('#');
  if (address !== whole) put(address);
  const version = address.indexOf('|');
  put(version < 0 ? `${address}|` : address.slice(0, version));
}

/** What `:text` searches of a code, a coding or an identifier. @see https://hl7.org/fhir/R4/search.html#modifiers */
export function putDisplay({ type, value }: Found, put: Put): void {
  if (type === 'Coding') putText((value as Coding).display, put);
  else if (type === 'Identifier') putText((value as Identifier).type?.text, put);
  else if (type === 'CodeableConcept') {
    putText((value as CodeableConcept).text, put);
    for (const { display } of (value as CodeableConcept).coding ?? []) putText(display, put);
  }
}

function putText(text: unknown, put: Put): void {
  if (typeof text === 'string' && text !== '') put(text);
}
