import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { call } from '../support/api.ts';
import { databaseKinds } from '../support/database.ts';
import { startHub, type TestHub } from '../support/hub.ts';
import { type BadRequest, expectRefusal, patient } from './refusal.ts';

const NUL = 'A text of this request holds a NUL character, which no text has.';
const TOKEN = 'Present a valid access token: Authorization: Bearer <token>.';

const ADDRESSES: readonly BadRequest[] = [
  ['of a type there is not', 'GET /fhir/R4/Widget', {}, 404, '"Widget" is not an R4 resource type.'],
  ['of nothing in the FHIR API', 'GET /fhir/R4/a/b/c/d', {}, 404, '"a" is not an R4 resource type.'],
  ['of nothing', 'GET /elsewhere', {}, 404, /^There is nothing at this address\. The FHIR API is at \/fhir\/R4/],
  ['of a file there is not', 'GET /assets/nothing.js', {}, 404, 'There is no such file.'],
  ['of an id with a NUL', 'GET /fhir/R4/Patient/a%00b', {}, 400, NUL],
  [
    'with a NUL in a search',
    'GET /fhir/R4/Patient?name=a%00b',
    {},
    400,
    'The search holds a character that no text here has: NUL, or half of a pair.',
  ],
  ['that is not well formed', 'GET /fhir/R4/Patient/%E0%A4%A', {}, 400, /^The address is not well formed/],
  [
    'with a date that is none',
    'GET /fhir/R4/Patient?birthdate=soon',
    {},
    400,
    'The search parameter "birthdate" cannot be used so. Its value is not a FHIR date, e.g. 2026-11-22 or 2026-11-22T10:00:00Z.',
  ],
  [
    'with a day there is not',
    'GET /fhir/R4/Patient?_lastUpdated=2026-02-30',
    {},
    400,
    /date|"_lastUpdated" cannot be used so/,
  ],
  [
    'with a modifier that is not served',
    'GET /fhir/R4/Patient?name:text=x',
    {},
    400,
    'The search parameter "name:text" cannot be used so. The modifier :text is not supported for string parameters; these are: :exact, :contains, :missing.',
  ],
  [
    'with a kind of parameter that is not served',
    'GET /fhir/R4/Location?_text=x',
    {},
    400,
    /"_text" cannot be used so/,
  ],
  [
    'to order by what cannot be',
    'GET /fhir/R4/Patient?_sort=colour',
    {},
    400,
    /^Results cannot be sorted by "colour"\. Sort by/,
  ],
];

const CALLERS: readonly BadRequest[] = [
  ['with a token that is none', 'GET /fhir/R4/Patient', { token: 'not-a-token' }, 401, TOKEN],
  [
    'with a token that is none, sending',
    'POST /fhir/R4/Patient',
    { token: 'not-a-token', body: patient() },
    401,
    TOKEN,
  ],
  ['with a password', 'GET /fhir/R4/Patient', { headers: { authorization: 'Basic YTpi' } }, 401, TOKEN],
  ['with half a header', 'GET /fhir/R4/Patient', { headers: { authorization: 'Bearer' } }, 401, TOKEN],
  ['with a token that is none, of the other API', 'GET /api/loops', { token: 'not-a-token' }, 401, TOKEN],
];

const client = (body: object): BadRequest[2] => ({ body });
const OTHERS: readonly BadRequest[] = [
  [
    'a client of nobody',
    'POST /api/clients',
    client({ name: 'x', organizationId: 'nobody' }),
    422,
    'There is no Organization/nobody here. Create it first.',
    'organizationId',
  ],
  ['a client without a name', 'POST /api/clients', client({ organizationId: 'careloop' }), 400, /./, 'name'],
  [
    'a client whose name is no text',
    'POST /api/clients',
    client({ name: 'a\0b', organizationId: 'careloop' }),
    400,
    NUL,
  ],
  [
    'an offer of no loop',
    'POST /api/loops/nothing/offers',
    client({ organizationId: 'careloop' }),
    404,
    'There is no such loop.',
  ],
  [
    'an end of no loop',
    'POST /api/loops/nothing/close',
    client({ outcome: 'duplicate', text: 'x' }),
    404,
    'There is no such loop.',
  ],
  [
    'an end without words',
    'POST /api/loops/nothing/close',
    client({ outcome: 'duplicate', text: ' ' }),
    400,
    'Say in words how it ended.',
    'text',
  ],
  [
    'a replay of nothing',
    'POST /api/deliveries/nothing/replay',
    client({}),
    422,
    /^Only a delivery that was rejected or given up/,
  ],
  ['a list from nowhere', 'GET /api/loops?cursor=x', {}, 400, 'Not a cursor of this list.', 'cursor'],
  [
    'a list from the middle of nowhere',
    'GET /api/loops?cursor=b3BlbiBub3cgeA',
    {},
    400,
    'Not a cursor of this list.',
    'cursor',
  ],
  ['a list of no loops', 'GET /api/loops?limit=0', {}, 400, /./, 'limit'],
  ['a list of loops in a state there is not', 'GET /api/loops?state=late', {}, 400, /./, 'state'],
];

/** Searches nobody means. They may be refused or find nothing, but are not a fault of the hub's. */
const ODD = [
  '?_id=',
  '?=x',
  '?name',
  '?name=%2C%2C',
  '?identifier=%7C',
  '?_sort=',
  '?_sort=-',
  '?_include=',
  '?birthdate=',
  '?_count=',
  '?_lastUpdated=',
  '?_offset=99999999999999',
  '?_count=99999999999',
  '?_total=maybe',
  '?constructor=x',
  '?__proto__=x',
  '?_has:a:b:c=d',
  '/__proto__',
  '/%2e%2e',
  `?name=${'x'.repeat(5_000)}`,
  '?name:exact=',
  '?gender:missing=perhaps',
  '?_revinclude=Patient:link',
];

describe.each(databaseKinds())('nothing is written, and the answer says what is wrong (%s):', (kind) => {
  let hub: TestHub;
  beforeAll(async () => {
    hub = await startHub(kind);
  });
  afterAll(() => hub?.close());

  test.each(ADDRESSES)('an address %s', (...request) => expectRefusal(hub, request));
  test.each(CALLERS)('a caller %s', (...request) => expectRefusal(hub, request));
  test.each(OTHERS)('%s', (...request) => expectRefusal(hub, request));

  test('an odd search is never called a fault of ours', async () => {
    const answers = await Promise.all(ODD.map((query) => call('GET', `${hub.fhir}/Patient${query}`)));
    expect(ODD.filter((_, at) => (answers[at]?.status ?? 500) >= 500)).toEqual([]);
  });
});
