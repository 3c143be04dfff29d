import fc from 'fast-check';
import type { Asked } from './judge.ts';
import { asText, mutated, nasty } from './nasty.ts';
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

/** @param id of a Patient that is there */
export function patches(id: string): fc.Arbitrary<Asked> {
  const said = fc.constantFrom(
    'application/json-patch+json',
    'application/json-patch+json',
    FHIR_JSON,
    FHIR_JSON,
    'application/merge-patch+json',
  );
  const body = fc.oneof({ weight: 6, arbitrary: mutated(PATCHES) }, { weight: 1, arbitrary: nasty }).map(asText);
  return fc.tuple(body, said, fc.constantFrom(id, id, id, 'x')).map(([text, type, at]) => ({
    method: 'PATCH',
    path: `/fhir/R4/Patient/${at}`,
    headers: { 'content-type': type },
    body: text,
  }));
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
