import { parseLocal } from '../../references.ts';
import { tryDateRange } from '../../search/date-range.ts';

type Converter = (value: unknown) => unknown;
type Fields = Readonly<Record<string, unknown>>;

/**
 * A value as one of FHIR's types, e.g. a dateTime as the date it falls on, a Coding as a CodeableConcept; undefined
 * when that would lose what it means. What FHIRPath gives are texts, numbers, truths and objects. Pure.
 * @see https://hl7.org/fhir/R4/datatypes.html
 */
export function convertTo(value: unknown, type: string): unknown {
  const converter = CONVERTERS.get(type);
  if (converter) return converter(value);
  if (QUANTITIES.has(type)) return toQuantity(value);
  return isObject(value) ? value : undefined;
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const toText: Converter = (value) => {
  if (typeof value === 'string') return value.trim() === '' ? undefined : value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  if (!isObject(value)) return undefined;
  const [coding] = Array.isArray(value.coding) ? (value.coding as Fields[]) : [value];
  return [value.text, coding?.display, coding?.code].find((text) => typeof text === 'string');
};

/** A code, an id or an address: no blanks in it. */
const toToken: Converter = (value) => {
  if (isObject(value)) return codeOf(value);
  return typeof value === 'string' && /^\S+$/.test(value) ? value : undefined;
};

function codeOf(value: Fields): unknown {
  const [coding] = Array.isArray(value.coding) ? (value.coding as Fields[]) : [value];
  return typeof coding?.code === 'string' ? coding.code : undefined;
}

const toAddress: Converter = (value) => {
  const address = isObject(value) ? value.reference : value;
  return typeof address === 'string' && /^\S+$/.test(address) ? address : undefined;
};

function toWhole(least: number): Converter {
  return (value) => {
    const number = numberOf(value);
    return number !== undefined && Number.isSafeInteger(number) && number >= least ? number : undefined;
  };
}

function numberOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value === 'string' && /^-?\d{1,15}(\.\d{1,12})?$/.test(value)) return Number(value);
  return isObject(value) && typeof value.value === 'number' && value.comparator === undefined ? value.value : undefined;
}

const toDate: Converter = (value) => {
  if (typeof value !== 'string' || !tryDateRange(value)) return undefined;
  return value.slice(0, 10);
};

/** A time of day without an offset is no moment. */
const toDateTime: Converter = (value) => {
  if (typeof value !== 'string' || !tryDateRange(value)) return undefined;
  return value.includes('T') && !/(Z|[+-]\d{2}:\d{2})$/.test(value) ? undefined : value;
};

const toInstant: Converter = (value) => {
  const moment = toDateTime(value);
  return typeof moment === 'string' && moment.includes('T') ? moment : undefined;
};

const toTime: Converter = (value) => {
  const text = typeof value === 'string' ? value.replace(/^T/, '') : '';
  return /^([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d+)?$/.test(text) ? text : undefined;
};

const toBoolean: Converter = (value) => {
  if (typeof value === 'boolean') return value;
  return value === 'true' || value === 'false' ? value === 'true' : undefined;
};

const toCoding: Converter = (value) => {
  if (!isObject(value)) return undefined;
  if (Array.isArray(value.coding)) return value.coding[0] as unknown;
  return 'code' in value || 'display' in value ? value : undefined;
};

const toCodeableConcept: Converter = (value) => {
  if (typeof value === 'string') return value.trim() === '' ? undefined : { text: value };
  if (!isObject(value)) return undefined;
  if ('coding' in value || 'text' in value) return value;
  const coding = toCoding(value) as Fields | undefined;
  return coding && { coding: [coding], ...(typeof coding.display === 'string' ? { text: coding.display } : {}) };
};

const toReference: Converter = (value) => {
  if (typeof value === 'string')
    return /^(#|urn:|https?:\/\/)/.test(value) || parseLocal(value) ? { reference: value } : undefined;
  if (!isObject(value)) return undefined;
  if (typeof value.resourceType === 'string') {
    return typeof value.id === 'string' ? { reference: `${value.resourceType}/${value.id}` } : undefined;
  }
  return 'reference' in value || 'identifier' in value || 'display' in value ? value : undefined;
};

const UCUM = 'http://unitsofmeasure.org';

const toQuantity: Converter = (value) => {
  if (isObject(value)) return typeof value.value === 'number' ? value : undefined;
  const [, amount, unit] =
    /^(-?\d{1,15}(?:\.\d{1,12})?) '([^']{1,40})'$/.exec(typeof value === 'string' ? value : '') ?? [];
  if (amount && unit) return { value: Number(amount), unit, system: UCUM, code: unit };
  const number = numberOf(value);
  return number === undefined ? undefined : { value: number };
};

function asTextOf(name: string): Converter {
  return (value) => {
    if (isObject(value)) return value;
    const text = toText(value);
    return text === undefined ? undefined : { [name]: text };
  };
}

const QUANTITIES = new Set(['Quantity', 'SimpleQuantity', 'Age', 'Count', 'Distance', 'Duration', 'MoneyQuantity']);

const CONVERTERS: ReadonlyMap<string, Converter> = new Map([
  ['boolean', toBoolean],
  ['integer', toWhole(Number.MIN_SAFE_INTEGER)],
  ['unsignedInt', toWhole(0)],
  ['positiveInt', toWhole(1)],
  ['decimal', numberOf],
  ['date', toDate],
  ['dateTime', toDateTime],
  ['instant', toInstant],
  ['time', toTime],
  ['string', toText],
  ['markdown', toText],
  ['code', toToken],
  ['id', toToken],
  ['oid', toToken],
  ['uuid', toToken],
  ['uri', toAddress],
  ['url', toAddress],
  ['canonical', toAddress],
  ['http://hl7.org/fhirpath/System.String', toText],
  ['Coding', toCoding],
  ['CodeableConcept', toCodeableConcept],
  ['Reference', toReference],
  ['Annotation', asTextOf('text')],
  ['HumanName', asTextOf('text')],
  ['Address', asTextOf('text')],
  ['Identifier', asTextOf('value')],
  ['ContactPoint', asTextOf('value')],
]);
