/** How much a notification says. @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/payloads.html */
export const CONTENT_LEVELS = ['empty', 'id-only', 'full-resource'] as const;
export type ContentLevel = (typeof CONTENT_LEVELS)[number];

export function isContentLevel(code: string | undefined): code is ContentLevel {
  return CONTENT_LEVELS.some((each) => each === code);
}

/** In which form a notification is written. */
export type PayloadFormat = 'json' | 'xml' | 'text';

const FORMATS: ReadonlyMap<string, PayloadFormat> = new Map([
  ['application/fhir+json', 'json'],
  ['application/fhir+xml', 'xml'],
  ['text/plain', 'text'],
]);

/**
 * Reads `channel.payload`: a media type, and the FHIR version where it names one.
 * @returns why it is not supported, or the form. Pure.
 * @see https://hl7.org/fhir/R4/versioning.html#mt-version
 */
export function readPayload(payload: string): { readonly format: PayloadFormat } | { readonly problem: string } {
  const [type = '', ...parameters] = payload.split(';').map((part) => part.trim());
  const format = FORMATS.get(type.toLowerCase());
  if (!format || /[^\x20-\x7e]/.test(payload)) {
    return { problem: 'Notifications are application/fhir+json or application/fhir+xml. Set channel.payload to one.' };
  }
  for (const parameter of parameters) {
    const [name = '', value = ''] = parameter.split('=', 2).map((part) => part.trim().toLowerCase());
    if (name === 'fhirversion' && !R4.has(unquoted(value)))
      return { problem: 'Notifications are FHIR R4. Leave fhirVersion out of channel.payload, or set it to 4.0.' };
    if (name === 'charset' && unquoted(value) !== 'utf-8')
      return { problem: 'Notifications are UTF-8. Leave charset out of channel.payload.' };
    if (name !== 'fhirversion' && name !== 'charset')
      return {
        problem: 'channel.payload has a parameter the hub does not know. Only fhirVersion may follow the type.',
      };
  }
  return { format };
}

const R4: ReadonlySet<string> = new Set(['4.0', '4.0.1']);

function unquoted(value: string): string {
  return value.replaceAll('"', '');
}
