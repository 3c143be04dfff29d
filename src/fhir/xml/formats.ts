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
 * @throws AppError (406) when it is none of ours, or of another version of FHIR
 * @see https://www.rfc-editor.org/rfc/rfc9110#field.accept
 */
export function formatAccepted(header: string): Format {
  const ranges = header.trim() === '' ? [readMediaType('*/*')] : header.split(',').map(readMediaType);
  const [liked] = FORMATS.flatMap((format) => howLiked(format, ranges)).sort(
    (a, b) => b.quality - a.quality || b.precision - a.precision || a.at - b.at,
  );
  if (!liked) throw unknownFormat();
  return liked.format;
}

/** The one liked first, where both are liked the same. */
const FORMATS: readonly Format[] = ['json', 'xml'];

interface Liked extends MediaRange {
  readonly format: Format;
  readonly at: number;
}

/** What names a form most precisely says how it is liked, if it is at all. */
function howLiked(format: Format, ranges: readonly MediaRange[]): Liked[] {
  const [most] = ranges
    .map((range, at) => ({ ...range, format, at }))
    .filter((range) => formsOf(range).includes(format))
    .sort((a, b) => b.precision - a.precision || b.quality - a.quality);
  return most && most.quality > 0 ? [most] : [];
}

/** The form `_format` names. Pure. @throws AppError (406) when it is none of ours, or of another version of FHIR */
export function formatOfName(name: string): Format {
  // A plus that was not encoded arrives as a space.
  const range = readMediaType(name.replace(/fhir /i, 'fhir+'));
  if (range.type === 'json') return 'json';
  if (range.type === 'xml') return 'xml';
  const [format] = range.precision === WHOLE ? formsOf(range) : [];
  if (!format) throw unknownFormat();
  return format;
}

/** Whether a Content-Type says a version of FHIR other than the one spoken here. Pure. */
export function isOtherVersion(contentType: string): boolean {
  return !readMediaType(contentType).isOurVersion;
}

interface MediaRange {
  readonly type: string;
  readonly quality: number;
  /** Of a type by name more than of all of a kind, and of those more than of anything. */
  readonly precision: number;
  /** Who names a version of FHIR must name this one. @see https://hl7.org/fhir/R4/http.html#version-parameter */
  readonly isOurVersion: boolean;
}

const WHOLE = 2;
const OUR_VERSIONS = ['4.0', '4.0.1'];

/** Parameters that say nothing to us, as charset, are let be. */
function readMediaType(text: string): MediaRange {
  const [type = '', ...parameters] = text
    .toLowerCase()
    .split(';')
    .map((part) => part.trim());
  const said = new Map(parameters.map((each) => [each.split('=')[0], each.slice(each.indexOf('=') + 1)]));
  const quality = Number(said.get('q') ?? '1');
  const version = said.get('fhirversion')?.replaceAll('"', '');
  return {
    type,
    quality: Number.isNaN(quality) ? 0 : quality,
    precision: type === '*/*' ? 0 : type.endsWith('/*') ? 1 : WHOLE,
    isOurVersion: version === undefined || OUR_VERSIONS.includes(version),
  };
}

function formsOf({ type, isOurVersion }: MediaRange): Format[] {
  if (!isOurVersion) return [];
  if (type === '*/*' || type === 'application/*' || type === 'text/*') return ['json', 'xml'];
  if (JSON_TYPES.includes(type)) return ['json'];
  return XML_TYPES.includes(type) ? ['xml'] : [];
}

function unknownFormat(): AppError {
  const text =
    'Answers come as application/fhir+json or application/fhir+xml. Ask for one of them in Accept or _format.';
  return new AppError('notAcceptable', 'http.format', text);
}
