import type { ElementDefinition } from '@medplum/fhirtypes';
import { type Code, definitions } from './definitions.ts';

/** Codes of systems that are published elsewhere. */
const KNOWN: Readonly<Record<string, readonly Code[]>> = {
  'http://hl7.org/fhir/ValueSet/mimetypes': [{ system: 'urn:ietf:bcp:13', code: 'text/plain' }],
  'http://hl7.org/fhir/ValueSet/languages': [{ system: 'urn:ietf:bcp:47', code: 'en' }],
  'http://hl7.org/fhir/ValueSet/all-languages': [{ system: 'urn:ietf:bcp:47', code: 'en' }],
  'http://hl7.org/fhir/ValueSet/currencies': [{ system: 'urn:iso:std:iso:4217', code: 'USD' }],
  'http://hl7.org/fhir/ValueSet/all-types': [{ system: 'http://hl7.org/fhir/resource-types', code: 'Patient' }],
  'http://hl7.org/fhir/ValueSet/defined-types': [{ system: 'http://hl7.org/fhir/resource-types', code: 'Patient' }],
  'http://hl7.org/fhir/ValueSet/resource-types': [
    { system: 'http://hl7.org/fhir/resource-types', code: 'Patient' },
    { system: 'http://hl7.org/fhir/resource-types', code: 'Practitioner' },
  ],
  'http://hl7.org/fhir/ValueSet/units-of-time': [{ system: 'http://unitsofmeasure.org', code: 'h' }],
};

export const CODES = 'https://conformance.example/codes';

/** Two codes an element may have: the first one is used, the other one is not. */
export function codesFor(element: ElementDefinition): readonly [Code, Code] {
  const valueSet = element.binding?.valueSet?.split('|')[0];
  const known = valueSet ? (KNOWN[valueSet] ?? definitions().codes(valueSet)) : [];
  const [first = { system: CODES, code: 'one' }, second = { system: CODES, code: 'another' }] = known;
  return [first, second];
}

const PRIMITIVES: Readonly<Record<string, unknown>> = {
  boolean: true,
  integer: 1,
  positiveInt: 1,
  unsignedInt: 1,
  decimal: 1.5,
  string: 'Example',
  markdown: 'Example',
  uri: 'https://conformance.example/uri',
  url: 'https://conformance.example/url',
  canonical: 'https://conformance.example/canonical',
  oid: 'urn:oid:2.16.840.1.113883.3.1',
  uuid: 'urn:uuid:5a1c5f2e-16a5-4b7e-8f0f-6b3e5a3c0001',
  id: 'example',
  date: '2021-03-04',
  dateTime: '2021-03-04T05:06:07Z',
  instant: '2021-03-04T05:06:07Z',
  time: '05:06:07',
  base64Binary: 'RXhhbXBsZQ==',
  xhtml: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Example</p></div>',
};

/** Values of data types that the definitions alone do not make useful: each has what its invariants ask for. */
const COMPLEX: Readonly<Record<string, unknown>> = {
  Identifier: { system: 'https://conformance.example/ids', value: 'example' },
  HumanName: { family: 'Example', given: ['Erin'] },
  Address: { city: 'Springfield', state: 'IL', postalCode: '62701' },
  ContactPoint: { system: 'phone', value: '+1 555 0100' },
  ContactDetail: { name: 'Example' },
  Annotation: { text: 'Example' },
  Attachment: { contentType: 'text/plain', data: 'RXhhbXBsZQ==' },
  Period: { start: '2021-03-04', end: '2021-03-05' },
  Quantity: { value: 1.5, unit: 'h', system: 'http://unitsofmeasure.org', code: 'h' },
  Age: { value: 40, unit: 'a', system: 'http://unitsofmeasure.org', code: 'a' },
  Duration: { value: 1, unit: 'h', system: 'http://unitsofmeasure.org', code: 'h' },
  Money: { value: 1.5, currency: 'USD' },
  Range: { low: { value: 1 }, high: { value: 2 } },
  Ratio: { numerator: { value: 1 }, denominator: { value: 2 } },
  Timing: { event: ['2021-03-04'] },
  Signature: {
    type: [{ system: 'urn:iso-astm:E1762-95:2013', code: '1.2.840.10065.1.12.1.1' }],
    when: '2021-03-04T05:06:07Z',
    who: { display: 'Example' },
  },
  SampledData: { origin: { value: 1 }, period: 1, dimensions: 1, data: '1 2' },
  UsageContext: { code: { system: CODES, code: 'context' }, valueCodeableConcept: { text: 'Example' } },
  Expression: { language: 'text/fhirpath', expression: 'true' },
  Dosage: { text: 'Example' },
  TriggerDefinition: { type: 'named-event', name: 'example' },
  Narrative: { status: 'generated', div: PRIMITIVES.xhtml },
  Meta: {},
};

/** Where the first code of a value set asks for more than the element alone. */
const CHOSEN: Readonly<Record<string, unknown>> = {
  // que-1: a group has items of its own
  'Questionnaire.item.type': 'string',
};

/**
 * A value of a data type.
 * @returns undefined for types that are made from their definition
 */
export function sampleOf(type: string, element: ElementDefinition): unknown {
  const chosen = CHOSEN[element.path ?? ''];
  if (chosen !== undefined) return chosen;
  const [code] = codesFor(element);
  if (type === 'code') return code.code;
  if (type === 'Coding') return code;
  if (type === 'CodeableConcept') return { coding: [code] };
  return PRIMITIVES[type] ?? COMPLEX[type];
}
