import type { Binary } from '@medplum/fhirtypes';
import { bodyNotJson } from '../not-json.ts';
import { JSON_TYPES, XML_TYPES } from './xml/formats.ts';
import { fromXml } from './xml/from-xml.ts';

/** Content as it was sent to Binary. */
export interface SentContent {
  readonly bytes: Buffer;
  /** Its media type, parameters included; undefined when it was not said. */
  readonly contentType: string | undefined;
  /** A reference to the resource whose readers may read it. */
  readonly securityContext: string | undefined;
  /** The id it is sent to. */
  readonly id: string | undefined;
}

/**
 * What was sent, as a Binary: the resource itself where it is one, else any content as it is. Pure.
 * @throws AppError (400) when it says to be FHIR JSON, and is no JSON
 * @see https://hl7.org/fhir/R4/binary.html#rest
 */
export function binaryOf(sent: SentContent): unknown {
  const type = typeOf(sent.contentType);
  const resource = JSON_TYPES.includes(type)
    ? parsed(sent, type)
    : XML_TYPES.includes(type)
      ? fromElements(sent)
      : undefined;
  if (resource !== undefined) return resource;
  const { bytes, contentType, securityContext, id } = sent;
  const binary: Binary = {
    resourceType: 'Binary',
    ...(id === undefined ? {} : { id }),
    contentType: contentType?.trim() || UNKNOWN,
    ...(securityContext === undefined ? {} : { securityContext: { reference: securityContext } }),
    data: bytes.toString('base64'),
  };
  return binary;
}

const UNKNOWN = 'application/octet-stream';

/** The media type without its parameters. */
function typeOf(contentType: string | undefined): string {
  return (contentType ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function parsed({ bytes }: SentContent, type: string): unknown {
  try {
    const value: unknown = JSON.parse(bytes.toString());
    return (value as Partial<Binary> | null)?.resourceType === 'Binary' ? value : undefined;
  } catch {
    if (type !== 'application/fhir+json') return undefined;
    throw bodyNotJson(bytes.toString());
  }
}

const BEGINNING = 1_000;

function fromElements({ bytes }: SentContent): unknown {
  const beginning = bytes.subarray(0, BEGINNING).toString();
  const root = /<([A-Za-z][\w.:-]*)/.exec(beginning)?.[1];
  return root === 'Binary' && beginning.includes('http://hl7.org/fhir') ? fromXml(bytes.toString()) : undefined;
}

/**
 * Whether the content of a Binary is wanted rather than the resource: when no form of FHIR is asked for by name. Pure.
 * @param accept the Accept header
 * @param format the value of `_format`
 * @see https://hl7.org/fhir/R4/binary.html#rest
 */
export function wantsContent(
  { contentType, data }: Binary,
  accept: string | undefined,
  format: string | undefined,
): boolean {
  if (data === undefined || format !== undefined) return false;
  const types = (accept ?? '*/*').split(',').map(typeOf);
  if (types.includes('application/fhir+json') || types.includes('application/fhir+xml')) return false;
  const own = typeOf(contentType);
  return types.some((type) => type === own || type === '*/*' || type === `${own.split('/')[0]}/*`);
}

const SENDABLE = /^[\w!#$&^.+-]{1,120}\/[\w!#$&^.+-]{1,120}(; ?[\w-]{1,40}="?[\w.:+-]{1,120}"?){0,5}$/;

/** The headers under which a Binary's content leaves: nothing that opens it may run what is in it. Pure. */
export function contentHeaders({ contentType, securityContext }: Binary): Record<string, string> {
  const reference = securityContext?.reference ?? '';
  return {
    'Content-Type': SENDABLE.test(contentType ?? '') ? (contentType as string) : UNKNOWN,
    'Content-Disposition': 'attachment',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    'X-Content-Type-Options': 'nosniff',
    ...(/^[\w\-./:]{1,300}$/.test(reference) ? { 'X-Security-Context': reference } : {}),
  };
}
