import type { Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { toXml } from '../../../src/fhir/xml/to-xml.ts';
import type { Asked } from './judge.ts';
import { asText, type Json, mangled, mutated, nasty } from './nasty.ts';
import { ORIGINALS } from './originals.ts';
import { query } from './searches.ts';

const FHIR_JSON = 'application/fhir+json';

const PATCHES: readonly object[] = [
  [{ op: 'replace', path: '/active', value: true }],
  [
    { op: 'test', path: '/active', value: true },
    { op: 'add', path: '/name/-', value: { text: 'x' } },
  ],
  [
    { op: 'move', from: '/name', path: '/contact' },
    { op: 'copy', from: '/id', path: '/language' },
    { op: 'remove', path: '' },
  ],
  [
    { op: 'add', path: '/__proto__/polluted', value: 'x' },
    { op: 'add', path: '/constructor/prototype/polluted', value: 'x' },
  ],
  {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'add' },
          { name: 'path', valueString: 'Patient' },
          { name: 'name', valueString: 'birthDate' },
          { name: 'value', valueDate: '1990-01-01' },
        ],
      },
    ],
  },
  {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'delete' },
          { name: 'path', valueString: "Patient.name.where(text='x').first()" },
        ],
      },
    ],
  },
  {
    resourceType: 'Parameters',
    parameter: [
      {
        name: 'operation',
        part: [
          { name: 'type', valueCode: 'move' },
          { name: 'path', valueString: 'Patient.name' },
          { name: 'source', valueInteger: 0 },
          { name: 'destination', valueInteger: 9 },
        ],
      },
    ],
  },
];

/** @param there resources that can be patched, of several types */
export function patches(there: readonly Resource[]): fc.Arbitrary<Asked> {
  const said = fc.constantFrom(
    'application/json-patch+json',
    'application/json-patch+json',
    FHIR_JSON,
    FHIR_JSON,
    'application/merge-patch+json',
  );
  const json = fc
    .oneof(
      { weight: 5, arbitrary: mutated(PATCHES).map(asText) },
      { weight: 1, arbitrary: nasty.map(asText) },
      { weight: 1, arbitrary: mangled(PATCHES.map((each) => JSON.stringify(each))) },
      { weight: 2, arbitrary: operationsOf(there).map(asText) },
    )
    .chain((body) => said.map((type) => ({ body, type })));
  const xml = mangled(PATCHES.filter(isResource).map((each) => toXml(each))).map((body) => ({
    body,
    type: 'application/fhir+xml',
  }));
  const places = there.flatMap(({ resourceType, id }) => [`${resourceType}/${id}`, `${resourceType}?_id=${id}`]);
  const match = fc.constantFrom<Record<string, string>>(
    {},
    {},
    { 'if-match': 'W/"1"' },
    { 'if-match': 'x' },
    { prefer: 'return=minimal' },
  );
  return fc
    .tuple(
      fc.oneof({ weight: 5, arbitrary: json }, { weight: 1, arbitrary: xml }),
      fc.constantFrom(...places, 'Patient/x', 'Patient?name=x'),
      match,
    )
    .map(([{ body, type }, at, headers]) => ({
      method: 'PATCH',
      path: `/fhir/R4/${at}`,
      headers: { 'content-type': type, ...headers },
      body,
    }));
}

/** JSON Patches of elements that are there, most of which can be carried out; whether what comes of it is FHIR is another question. */
function operationsOf(there: readonly Resource[]): fc.Arbitrary<Json> {
  const pointers = there.flatMap((each) => pointersIn(each as unknown as Json, ''));
  const pointer = fc.constantFrom(...pointers);
  const one = fc.record({
    op: fc.constantFrom('add', 'replace', 'remove', 'move', 'copy', 'test'),
    path: pointer,
    from: pointer,
    value: nasty,
  });
  return fc.array(one, { minLength: 1, maxLength: 3 }) as fc.Arbitrary<Json>;
}

function pointersIn(value: Json, at: string): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return [at, ...Object.entries(value).flatMap(([name, inner]) => pointersIn(inner, `${at}/${name}`))];
}

function isResource(each: object): each is Resource {
  return 'resourceType' in each;
}

const NAMES = [
  'ValueSet/$expand',
  'ValueSet/$validate-code',
  'CodeSystem/$lookup',
  'CodeSystem/$validate-code',
  'ConceptMap/$translate',
  'Patient/$match',
  'Patient/x/$everything',
  '$export',
  'Patient/$validate',
  'Questionnaire/$populate',
  '$process-message',
  'Task/$validate',
  'QuestionnaireResponse/$extract',
  'ActivityDefinition/$apply',
  'PlanDefinition/$apply',
  'Subscription/$status',
  'Subscription/x/$events',
  'PlanDefinition/x/$apply',
  'Widget/$x',
  '$',
];
const INPUTS: readonly object[] = [
  ...ORIGINALS,
  {
    resourceType: 'Parameters',
    parameter: [
      { name: 'url', valueUri: 'http://hl7.org/fhir/ValueSet/task-status' },
      { name: 'count', valueInteger: 2 },
      { name: 'filter', valueString: 'x' },
    ],
  },
  {
    resourceType: 'Parameters',
    parameter: [
      { name: 'url', valueUri: 'http://hl7.org/fhir/ValueSet/task-status' },
      { name: 'coding', valueCoding: { system: 'http://hl7.org/fhir/task-status', code: 'draft' } },
    ],
  },
  {
    resourceType: 'Parameters',
    parameter: [
      { name: 'valueSet', resource: ORIGINALS.find(({ resourceType }) => resourceType === 'ValueSet') },
      { name: 'code', valueCode: 'a' },
      { name: 'system', valueUri: 'urn:b' },
    ],
  },
  {
    resourceType: 'Parameters',
    parameter: [
      { name: 'codeSystem', resource: ORIGINALS.find(({ resourceType }) => resourceType === 'CodeSystem') },
      { name: 'code', valueCode: 'a' },
    ],
  },
  {
    resourceType: 'Parameters',
    parameter: [
      { name: 'resource', resource: ORIGINALS.find(({ resourceType }) => resourceType === 'Patient') },
      { name: 'mode', valueCode: 'create' },
    ],
  },
];

export const operations: fc.Arbitrary<Asked> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.tuple(fc.constantFrom(...NAMES), mutated(INPUTS).map(asText)).map(([name, body]) => ({
      method: 'POST',
      path: `/fhir/R4/${name}`,
      headers: { 'content-type': FHIR_JSON },
      body,
    })),
  },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...NAMES), query)
      .map(([name, said]) => ({ method: 'GET', path: `/fhir/R4/${name}?${said}` })),
  },
);
