import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call, done } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { type BadRequest, expectRefusal, observation, PATCH, patient } from './refusal.ts';

const PATIENT = 'POST /fhir/R4/Patient';
const OBSERVATION = 'POST /fhir/R4/Observation';
const EXPECTED = 'Send a Patient as JSON in the body.';
const NO_PATCH = 'Send a JSON Patch (application/json-patch+json) or a FHIRPath Patch (a Parameters resource).';
const NOT_TEXT = 'This text holds a character that cannot be stored: NUL, or half of a pair.';
const NOT_FITTING =
  /^Operation 1 of the patch \([a-z]+( at [/\w-]+)?\) does not fit the resource as it stands\. Read it again/;
const NO_PATH = 'Operation 1 of the patch is not one: its path is no FHIRPath.';
const large = { text: { status: 'generated', div: 'x'.repeat(6_000_000) } };

const BODIES: readonly BadRequest[] = [
  [
    'that is not JSON',
    PATIENT,
    { body: '{"resourceType":' },
    400,
    'The body is not JSON: in line 1, column 17, a value is expected. Correct it and send it again.',
  ],
  ['that is missing', PATIENT, {}, 400, EXPECTED, 'Patient'],
  ['that is a list', PATIENT, { body: [] }, 400, EXPECTED, 'Patient'],
  [
    'of XML',
    PATIENT,
    { body: '<a/>', headers: { 'content-type': 'application/fhir+xml' } },
    400,
    'The body is not FHIR XML: in line 1, column 4, <a> is not in the namespace http://hl7.org/fhir.',
  ],
  [
    'of XML with a narrative nested without end',
    PATIENT,
    {
      body: `<Patient xmlns="http://hl7.org/fhir"><text><status value="generated"/><div xmlns="http://www.w3.org/1999/xhtml">${'<b>'.repeat(200_000)}x${'</b>'.repeat(200_000)}</div></text></Patient>`,
      headers: { 'content-type': 'application/fhir+xml' },
    },
    400,
    /^The body is not FHIR XML: in line 1, column \d+, a narrative is nested more than 1000 deep\.$/,
  ],
  [
    'with more of one element than a call has arguments',
    PATIENT,
    {
      body: patient({
        contained: [{ resourceType: 'Organization', id: 'o', name: 'x' }],
        name: [{ given: Array(300_000).fill('g') }],
      }),
    },
    400,
    'Nothing refers to this contained resource. Refer to it by "#" and its id, or leave it out. (Rule dom-3.)',
    'Patient.contained[0]',
  ],
  ['of six megabytes', PATIENT, { body: patient(large) }, 413, /^The body is larger than 5000000 bytes\. Split it/],
  [
    'of another type',
    PATIENT,
    { body: observation() },
    400,
    'The body is of type Observation, but is sent to Patient.',
    'resourceType',
  ],
  ['of no type', PATIENT, { body: {} }, 400, 'The body has no resourceType, but is sent to Patient.', 'resourceType'],
  [
    'of a type there is not',
    'POST /fhir/R4/Widget',
    { body: { resourceType: 'Widget' } },
    404,
    '"Widget" is not an R4 resource type.',
  ],
  [
    'with NUL in it',
    PATIENT,
    { body: '{"resourceType":"Patient","language":"a\\u0000b"}' },
    400,
    NOT_TEXT,
    'Patient.language',
  ],
  [
    'with half a character',
    PATIENT,
    { body: '{"resourceType":"Patient","name":[{"given":["ok","\\ud800"]}]}' },
    400,
    NOT_TEXT,
    'Patient.name[0].given[1]',
  ],
];

const RESOURCES: readonly BadRequest[] = [
  [
    'with an element there is not',
    PATIENT,
    { body: patient({ colour: 'blue' }) },
    400,
    /^There is no such element in R4\. Leave it out/,
    'Patient.colour',
  ],
  [
    'with a value of another type',
    PATIENT,
    { body: patient({ active: 'yes' }) },
    400,
    'Write true or false here, without quotes.',
    'Patient.active',
  ],
  [
    'with a day there is not',
    PATIENT,
    { body: patient({ birthDate: '2026-02-30' }) },
    400,
    'There is no such day in the calendar. Correct the date.',
    'Patient.birthDate',
  ],
  [
    'without what it must have',
    OBSERVATION,
    { body: { resourceType: 'Observation', status: 'final' } },
    400,
    'code is required. Add it.',
    'Observation.code',
  ],
  [
    'with a reference to nothing',
    OBSERVATION,
    { body: observation({ subject: { reference: 'Patient/nobody' } }) },
    422,
    /^There is no Patient\/nobody on this hub\. Send it in the same Bundle/,
    'Observation.subject.reference',
  ],
  [
    'with a reference to what it should contain',
    OBSERVATION,
    { body: observation({ subject: { reference: '#p' } }) },
    400,
    'There is no contained resource with this id. Contain it, or refer to where it is. (Rule ref-1.)',
    'Observation.subject.reference',
  ],
];

const UPDATES: readonly BadRequest[] = [
  [
    'under a condition, with an id that is no text',
    'PUT?identifier=nobody',
    { body: patient({ id: { toString: '', valueOf: [] } }) },
    400,
    'An id is a text: 1 to 64 letters, digits, dots and hyphens.',
    'Patient.id',
  ],
  ['without a body', 'PUT', {}, 400, EXPECTED, 'Patient'],
  [
    'sent to another id',
    'PUT',
    { body: patient({ id: 'other' }) },
    400,
    /^The Patient must have the id it is sent to: /,
    'Patient.id',
  ],
  ['without its id', 'PUT', { body: patient() }, 400, /^The Patient must have the id it is sent to: /, 'Patient.id'],
  ['by a patch without a body', 'PATCH', { headers: PATCH }, 400, NO_PATCH],
  ['by a patch that is none', 'PATCH', { body: { gender: 'male' }, headers: PATCH }, 400, NO_PATCH],
  [
    'by an operation there is not',
    'PATCH',
    { body: [{ op: 'explode', path: '/gender' }], headers: PATCH },
    400,
    'Operation 1 of the patch is not one: "op" must be one of add, replace, test, move, copy, remove.',
  ],
  [
    'by a patch into the prototype',
    'PATCH',
    { body: [{ op: 'add', path: '/__proto__/x', value: 1 }], headers: PATCH },
    422,
    NOT_FITTING,
  ],
  ['by FHIRPath that is none', 'PATCH', { body: fhirPathPatch('((') }, 400, NO_PATH, 'Parameters.parameter[0]'],
];

function fhirPathPatch(path: string): object {
  const part = [
    { name: 'type', valueCode: 'replace' },
    { name: 'path', valueString: path },
    { name: 'value', valueString: 'x' },
  ];
  return { resourceType: 'Parameters', parameter: [{ name: 'operation', part }] };
}

/** Updates are of the patient that is known, or under a condition. */
function addressed(method: string, known: string): string {
  const [verb, condition] = method.split('?');
  return `${verb} /fhir/R4/Patient${condition ? `?${condition}` : `/${known}`}`;
}

describe.each(databaseKinds())('nothing is written, and the answer says what is wrong and where (%s):', (kind) => {
  let hub: TestHub;
  let known = '';
  beforeAll(async () => {
    hub = await startHub(kind);
    ({ id: known } = await done(call('POST', `${hub.fhir}/Patient`, { body: patient() })));
  });
  afterAll(() => hub?.close());

  test.each(BODIES)('a body %s', (...request) => expectRefusal(hub, request));
  test.each(RESOURCES)('a resource %s', (...request) => expectRefusal(hub, request));
  test.each(UPDATES)('an update %s', (...[name, method, ...rest]) =>
    expectRefusal(hub, [name, addressed(method, known), ...rest]),
  );

  test('several things at once are all named', async () => {
    const { body } = await call<{ issue: { expression: string[] }[] }>('POST', `${hub.fhir}/Patient`, {
      body: patient({ colour: 'x', active: 'yes', birthDate: 'soon' }),
    });
    const places = body.issue.map(({ expression }) => expression[0]);
    expect(places.sort()).toEqual(['Patient.active', 'Patient.birthDate', 'Patient.colour']);
  });
});
