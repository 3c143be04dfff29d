import { AppError } from '../../errors.ts';

/** The forms in which resources come and go. @see https://hl7.org/fhir/R4/http.html#mime-type */
export type Format = 'json' | 'xml';

export const MEDIA_TYPES: Readonly<Record<Format, string>> = {
  json: 'application/fhir+json; charset=utf-8',
  xml: 'application/fhir+xml; charset=utf-8',
};

export const JSON_TYPES = ['application/fhir+json', 'application/json', 'text/json'];
export const XML_TYPES = ['application/fhir+xml', 'application/xml', 'text/xml'];

/**
 * The form an answer is to have by an Accept header; without one it is JSON. `_format` says more. Pure.
 * @param accepts of the given media types the one the header likes best; false for none
 * @throws AppError (406) when it is none of ours
 */
export function formatAccepted(accepts: (types: readonly string[]) => string | false): Format {
  const liked = accepts(OFFERED);
  if (liked === false) throw unknownFormat();
  return liked.includes('xml') ? 'xml' : 'json';
}

// Who names the version of FHIR must name this one. See https://hl7.org/fhir/R4/http.html#version-parameter
const OFFERED = [...JSON_TYPES, ...XML_TYPES].flatMap((type) => [type, `${type}; fhirVersion=4.0`]);

/** The form `_format` names. Pure. @throws AppError (406) when it is none of ours */
export function formatOfName(format: string): Format {
  // A plus that was not encoded arrives as a space.
  const [type = ''] = format.toLowerCase().replace('fhir ', 'fhir+').split(';');
  if (type === 'json' || JSON_TYPES.includes(type)) return 'json';
  if (type === 'xml' || XML_TYPES.includes(type)) return 'xml';
  throw unknownFormat();
}

function unknownFormat(): AppError {
  const text =
    'Answers come as application/fhir+json or application/fhir+xml. Ask for one of them in Accept or _format.';
  return new AppError('notAcceptable', 'http.format', text);
}
