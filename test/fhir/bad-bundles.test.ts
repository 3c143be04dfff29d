import { afterAll, beforeAll, describe, test } from '@jest/globals';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { type BadRequest, bundle, expectRefusal, observation, patient, post } from './refusal.ts';

const BASE = 'POST /fhir/R4';
const URN = 'urn:uuid:00000000-0000-4000-8000-00000000dead';
const ten_thousand = Array.from({ length: 10_000 }, () => post(patient()));
const nul = JSON.stringify(bundle(post(patient()), post(patient({ language: 'NUL' })))).replace('NUL', 'a\\u0000');
const graphql = {
  request: { method: 'POST', url: '$graphql' },
  resource: { resourceType: '$graphql', query: '{ PatientList { id } }' },
};
const astray = { request: { method: 'POST', url: 'Task' }, resource: patient() };

/** What cannot be made a text of. */
const ODD = { toString: '', valueOf: [] };

/** The whole sentences are in test/unit/fhir/bundle.test.ts. */
const BUNDLES: readonly BadRequest[] = [
  [
    'of another type',
    BASE,
    { body: { resourceType: 'Bundle', type: 'document' } },
    400,
    /^Bundle\.type must be/,
    'Bundle.type',
  ],
  [
    'with an update under a condition whose id is no text',
    BASE,
    {
      body: bundle(post(patient()), {
        request: { method: 'PUT', url: 'Patient?identifier=nobody' },
        resource: patient({ id: ODD }),
      }),
    },
    400,
    'An id is a text: 1 to 64 letters, digits, dots and hyphens.',
    'Bundle.entry[1].resource.id',
  ],
  [
    'with a version that is no text',
    BASE,
    { body: bundle({ ...post(patient({ meta: { versionId: ODD } })), fullUrl: URN }) },
    400,
    /./,
    'Bundle.entry[0].resource.meta.versionId',
  ],
  ['without entries', BASE, { body: bundle() }, 400, 'The Bundle has no entries.', 'Bundle.entry'],
  ['that is none', BASE, { body: patient() }, 400, /^Send a Bundle to the base address/, 'resourceType'],
  ['of nothing', BASE, {}, 400, /^Send a Bundle to the base address/, 'resourceType'],
  [
    'of ten thousand entries',
    BASE,
    { body: bundle(...ten_thousand) },
    413,
    'The Bundle has 10000 entries; at most 1000 are accepted. Split it.',
    'Bundle.entry',
  ],
  [
    'with an entry that says not what to do',
    BASE,
    { body: bundle(post(patient()), { resource: patient() }) },
    400,
    /^Every entry needs request/,
    'Bundle.entry[1].request',
  ],
  [
    'with a resource sent elsewhere',
    BASE,
    { body: bundle(post(patient()), astray) },
    400,
    /^The resource is of type Patient, but is sent to Task/,
    'Bundle.entry[1].resource.resourceType',
  ],
  [
    'with references that lead nowhere',
    BASE,
    { body: bundle(post(patient()), post(observation({ subject: { reference: URN } }))) },
    422,
    /^"urn:uuid:.*" points to nothing this hub knows\. Put the resource into the same Bundle/,
    'Bundle.entry[1].resource.subject.reference',
  ],
  [
    'with an entry that is not valid',
    BASE,
    { body: bundle(post(patient()), post(patient({ colour: 'x' }))) },
    400,
    /^There is no such element in R4\. Leave it out/,
    'Bundle.entry[1].resource.colour',
  ],
  [
    'with a text that is none',
    BASE,
    { body: nul },
    400,
    /^This text holds a character that cannot be stored/,
    'Bundle.entry[1].resource.language',
  ],
  [
    'with GraphQL in it',
    BASE,
    { body: bundle(graphql) },
    400,
    'A transaction has no operations in it. Send a batch, or the operation by itself.',
    'Bundle.entry[0]',
  ],
];

describe.each(databaseKinds())('nothing is written, and the answer says what is wrong and where (%s):', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  test.each(BUNDLES)('a Bundle %s', (...request) => expectRefusal(hub, request));
});
