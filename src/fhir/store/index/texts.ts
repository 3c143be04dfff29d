import type { Address, HumanName } from '@medplum/fhirtypes';
import type { Found } from '../../search/parameters/compile.ts';

/** The texts a string parameter finds a value by: a name or an address by each of its parts, and as a whole. Pure. */
export function putTexts({ type, value }: Found, put: (text: string) => void): void {
  if (typeof value === 'string') put(value);
  else if (type === 'Address') putParts(value as Address, ADDRESS_PARTS, put);
  else if (type === 'HumanName') {
    putParts(value as HumanName, NAME_PARTS, put);
    const { given, family } = value as HumanName;
    // As it is said: the given names, then the family's.
    if (given && family) put([...given, family].join(' '));
  }
}

const NAME_PARTS = ['text', 'family', 'given', 'prefix', 'suffix'] as const;
const ADDRESS_PARTS = ['text', 'line', 'city', 'district', 'state', 'postalCode', 'country'] as const;

function putParts(value: object, names: readonly string[], put: (text: string) => void): void {
  for (const name of names) {
    const part = (value as Record<string, unknown>)[name];
    for (const text of Array.isArray(part) ? part : [part]) if (typeof text === 'string' && text !== '') put(text);
  }
}
