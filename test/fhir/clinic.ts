import type { Resource } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';

const LOINC = 'http://loinc.org';
const UCUM = 'http://unitsofmeasure.org';
const MRN = 'https://hospital.example';

/** A resource whose references name others by `@name`. */
type Draft = readonly [name: string, resource: Readonly<Record<string, unknown>>];

const ORGANIZATIONS: readonly Draft[] = [
  [
    'trust',
    {
      resourceType: 'Organization',
      name: 'Northern Trust',
      identifier: [{ system: 'https://npi.example', value: 'NPI-9' }],
    },
  ],
  ['clinic', { resourceType: 'Organization', name: 'Harbour Clinic', partOf: { reference: '@trust' } }],
  ['school', { resourceType: 'Organization', name: 'School' }],
  ['doctor', { resourceType: 'Practitioner', name: [{ family: 'Ortiz' }] }],
];

const PATIENTS: readonly Draft[] = [
  [
    'ann',
    {
      resourceType: 'Patient',
      meta: {
        tag: [{ system: 'https://tags.example', code: 'vip', display: 'Very important' }],
        source: 'https://hospital.example/adt',
      },
      identifier: [
        {
          system: MRN,
          value: 'Mrn-1',
          type: { coding: [{ system: 'http://id.example', code: 'MR' }], text: 'Record number' },
        },
      ],
      name: [{ family: 'Ångström', given: ['Ann'] }],
      gender: 'female',
      birthDate: '1970-03-01',
      telecom: [{ system: 'email', value: 'Ann@Home.example', use: 'home' }],
      managingOrganization: { reference: '@clinic' },
      generalPractitioner: [{ reference: '@doctor' }],
    },
  ],
  [
    'bob',
    {
      resourceType: 'Patient',
      name: [{ family: 'Ong' }],
      gender: 'male',
      managingOrganization: { reference: '@school' },
    },
  ],
  [
    'eve',
    { resourceType: 'Patient', deceasedBoolean: true, link: [{ other: { reference: '@ann' }, type: 'seealso' }] },
  ],
];

const coded = (code: string, display: string): object => ({
  coding: [{ system: LOINC, code, display }],
  text: `${display} result`,
});
const grams = (value: number, unit = 'g'): object => ({ value, unit, system: UCUM, code: unit });
const observed = (patient: string, code: string, fields: object): Readonly<Record<string, unknown>> => ({
  resourceType: 'Observation',
  status: 'final',
  code: coded(code, code === '1' ? 'Weight' : 'Pressure'),
  subject: { reference: patient },
  ...fields,
});

const OBSERVATIONS: readonly Draft[] = [
  ['light', observed('@ann', '1', { valueQuantity: grams(5.4), effectiveDateTime: '2026-01-05' })],
  [
    'heavy',
    observed('@ann', '1', { valueQuantity: grams(90), effectivePeriod: { start: '2026-01-01', end: '2026-01-31' } }),
  ],
  [
    'bobs',
    observed('@bob', '1', {
      valueQuantity: grams(5.4, 'kg'),
      effectiveInstant: '2026-02-01T10:00:00Z',
      performer: [{ reference: '@doctor' }],
    }),
  ],
  [
    'pressure',
    observed('@bob', '2', {
      component: [
        { code: coded('sys', 'Systolic'), valueQuantity: grams(120, 'mm') },
        { code: coded('dia', 'Diastolic'), valueQuantity: grams(80, 'mm') },
      ],
    }),
  ],
  ['answer', observed('@eve', '3', { valueString: 'Not at home', derivedFrom: [{ reference: '@light' }] })],
];

const OTHERS: readonly Draft[] = [
  ['form', { resourceType: 'Questionnaire', status: 'active', url: 'https://forms.example/food/short', version: '1' }],
  [
    'risk',
    {
      resourceType: 'RiskAssessment',
      status: 'final',
      subject: { reference: '@ann' },
      prediction: [{ probabilityDecimal: 0.25 }],
    },
  ],
  [
    'need',
    {
      resourceType: 'ServiceRequest',
      status: 'active',
      intent: 'order',
      subject: { reference: '@ann' },
      supportingInfo: [{ reference: '@light' }],
    },
  ],
  [
    'done',
    {
      resourceType: 'Procedure',
      status: 'completed',
      subject: { reference: '@ann' },
      basedOn: [{ reference: '@need' }],
    },
  ],
  [
    'task',
    {
      resourceType: 'Task',
      status: 'draft',
      intent: 'order',
      for: { reference: '@ann' },
      focus: { reference: '@need' },
      output: [{ type: { text: 'Result' }, valueReference: { reference: '@done' } }],
    },
  ],
  ['letter', { resourceType: 'DocumentReference', status: 'current', content: [{ attachment: { title: 'Letter' } }] }],
  [
    'copy',
    {
      resourceType: 'DocumentReference',
      status: 'current',
      content: [{ attachment: { title: 'Copy' } }],
      relatesTo: [{ code: 'replaces', target: { reference: '@letter' } }],
    },
  ],
  ['listed', { resourceType: 'List', status: 'current', mode: 'working', entry: [{ item: { reference: '@bob' } }] }],
];

/** People of a clinic, and what was observed of them. @returns their ids by short names */
export async function fillClinic(fhir: string): Promise<ReadonlyMap<string, string>> {
  const ids = new Map<string, string>();
  const types = new Map<string, string>();
  for (const [name, draft] of [...ORGANIZATIONS, ...PATIENTS, ...OBSERVATIONS, ...OTHERS]) {
    const type = String(draft.resourceType);
    const text = JSON.stringify(draft).replaceAll(/"@(\w+)"/g, (_, of: string) => `"${types.get(of)}/${ids.get(of)}"`);
    const resource = JSON.parse(text) as Resource;
    ids.set(name, (await done(call('POST', `${fhir}/${type}`, { body: resource }))).id);
    types.set(name, type);
  }
  return ids;
}
