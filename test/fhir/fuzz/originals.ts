import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Resource } from '@medplum/fhirtypes';
import { observation, patient } from '../refusal.ts';

const EXAMPLES = fileURLToPath(new URL('../../../profiles/examples/valid/', import.meta.url));

/** Valid resources of many shapes, from which the cases are made. */
export const ORIGINALS: readonly Resource[] = [
  ...readdirSync(EXAMPLES).map((file) => JSON.parse(readFileSync(join(EXAMPLES, file), 'utf8')) as Resource),
  patient({
    identifier: [{ system: 'https://hospital.example', value: '1', period: { start: '2026-01' } }],
    name: [
      { family: 'Berg', _family: { extension: [{ url: 'https://a.example', valueString: 'x' }] }, given: ['A', null] },
    ],
    birthDate: '1990-02-03',
    contact: [{ name: { text: 'B' } }],
    text: { status: 'generated', div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>A &amp; B</p></div>' },
  }) as Resource,
  observation({
    valueQuantity: { value: 5.25, unit: 'mg', system: 'http://unitsofmeasure.org', code: 'mg' },
    effectiveDateTime: '2026-02-03T04:05:06.789Z',
  }) as Resource,
  {
    resourceType: 'Questionnaire',
    status: 'active',
    item: [
      {
        linkId: '1',
        type: 'group',
        item: [
          {
            linkId: '1.1',
            type: 'choice',
            answerOption: [{ valueString: 'a' }],
            enableWhen: [{ question: '1', operator: 'exists', answerBoolean: true }],
          },
        ],
      },
    ],
  },
  { resourceType: 'Binary', contentType: 'text/plain', data: 'YQ==' },
  {
    resourceType: 'Basic',
    code: { text: 'x' },
    contained: [{ resourceType: 'Patient', id: 'p' }],
    subject: { reference: '#p' },
  },
  {
    resourceType: 'ValueSet',
    status: 'active',
    url: 'urn:a',
    compose: {
      include: [
        { system: 'http://hl7.org/fhir/task-status', filter: [{ property: 'concept', op: 'is-a', value: 'x' }] },
      ],
    },
  },
  {
    resourceType: 'CodeSystem',
    status: 'active',
    url: 'urn:b',
    content: 'complete',
    concept: [{ code: 'a', concept: [{ code: 'b', property: [{ code: 'c', valueCode: 'd' }] }] }],
  },
];
