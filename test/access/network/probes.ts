import type { CallOptions } from '../../support/api.ts';

/** What a spy knows, or guesses, of something hidden. */
export interface Guess {
  readonly patient: string;
  readonly request: string;
  readonly note: string;
  readonly mrn: string;
  readonly family: string;
  readonly birthDate: string;
  /** The identifier of what is private. */
  readonly secret: string;
}

/** A guess of what is not there. @param number from 0 to 9: another one each, which nobody has asked for before */
export const nothing = (number: number): Guess => ({
  patient: `aaaaaaaa-0000-4000-8000-0000000000${number}a`,
  request: `aaaaaaaa-0000-4000-8000-0000000000${number}b`,
  note: `aaaaaaaa-0000-4000-8000-0000000000${number}c`,
  mrn: `mrn-7777${number}`,
  family: `Story7777${number}`,
  birthDate: '1957-05-05',
  secret: `s-7777${number}`,
});

export const NOTHING = nothing(7);

export type Ask = (guess: Guess) => readonly [method: string, path: string, options?: CallOptions];
const PATCH = { 'content-type': 'application/json-patch+json' };
const LANGUAGE = [{ op: 'add', path: '/language', value: 'en' }];
const observation = (subject: object): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'x' },
  subject,
});
const bundle = (type: string, ...entry: object[]): object => ({ resourceType: 'Bundle', type, entry });
export const cursor = (guess: Guess): string =>
  Buffer.from(`next Patient ${guess.patient} 1 1772442000000 1903000000000`).toString('base64url');

/** Ways to ask for what one may not see. Each is asked with what is there and hidden, and with what is not there. */
export const PROBES: Readonly<Record<string, Ask>> = {
  'a read': ({ patient }) => ['GET', `Patient/${patient}`],
  'a read of what has not changed': ({ patient }) => [
    'GET',
    `Patient/${patient}`,
    { headers: { 'if-none-match': 'W/"1"' } },
  ],
  'a version': ({ patient }) => ['GET', `Patient/${patient}/_history/1`],
  'a history': ({ patient }) => ['GET', `Patient/${patient}/_history`],
  'a count by an identifier': ({ mrn }) => ['GET', `Patient?identifier=https://mrn.example|${mrn}&_summary=count`],
  'a count by an id, and not by another': ({ patient }) => ['GET', `Patient?_id=${patient}&_id:not=x&_total=accurate`],
  'a name': ({ family }) => ['GET', `Patient?family=${family}&_total=accurate`],
  'a part of a name': ({ family }) => ['GET', `Patient?name:contains=${family.slice(1)}&_total=accurate`],
  'a day, sorted': ({ birthDate }) => ['GET', `Patient?birthdate=${birthDate}&_sort=-birthdate&_count=1`],
  'a system search': ({ patient }) => ['GET', `?_id=${patient}`],
  'a chain': ({ family }) => ['GET', `Task?patient.family=${family}`],
  'a chain of chains': ({ mrn }) => ['GET', `Provenance?target:Task.patient:Patient.identifier=${mrn}`],
  'a chain that is not so': ({ mrn }) => ['GET', `Observation?subject:Patient.identifier:not=${mrn}&_summary=count`],
  _has: ({ secret }) => ['GET', `Patient?_has:Observation:patient:identifier=${secret}`],
  '_has of a directory': ({ secret }) => [
    'GET',
    `Organization?_has:Coverage:payor:identifier=${secret}&_summary=count`,
  ],
  _list: ({ patient }) => ['GET', `Patient?_list=${patient}`],
  'what refers to it': ({ patient }) => ['GET', `Observation?subject=Patient/${patient}&_summary=count`],
  'what it is brought along by': ({ patient }) => ['GET', `Observation?subject=Patient/${patient}&_include=*`],
  'its compartment': ({ patient }) => ['GET', `Patient/${patient}/Observation`],
  'its record': ({ patient }) => ['GET', `Patient/${patient}/$everything`],
  'a page behind it': (guess) => ['GET', `Patient?_sort=birthdate&_cursor=${cursor(guess)}`],
  'a page behind it, by time': (guess) => ['GET', `Patient?_cursor=${cursor(guess)}`],
  'its audit': ({ patient }) => ['GET', `AuditEvent?entity=Patient/${patient}&_summary=count`],
  'the audit of a person': ({ patient }) => ['GET', `AuditEvent?patient=Patient/${patient}`],
  'the audit of a record': ({ patient }) => ['GET', `Patient/${patient}/AuditEvent`],
  'an update': ({ patient }) => ['PUT', `Patient/${patient}`, { body: { resourceType: 'Patient', id: patient } }],
  'an update of a version': ({ patient }) => [
    'PUT',
    `Patient/${patient}`,
    { body: { resourceType: 'Patient', id: patient }, headers: { 'if-match': 'W/"9"' } },
  ],
  'an update unless it is there': ({ patient }) => [
    'PUT',
    `Patient/${patient}`,
    { body: { resourceType: 'Patient', id: patient }, headers: { 'if-none-match': '*' } },
  ],
  'a patch': ({ patient }) => ['PATCH', `Patient/${patient}`, { headers: PATCH, body: LANGUAGE }],
  'a deletion': ({ patient }) => ['DELETE', `Patient/${patient}`],
  'a deletion of a version': ({ patient }) => ['DELETE', `Patient/${patient}`, { headers: { 'if-match': 'W/"1"' } }],
  'a conditional deletion': ({ secret }) => ['DELETE', `Observation?identifier=${secret}`],
  'a conditional patch': ({ secret }) => [
    'PATCH',
    `Observation?identifier=${secret}`,
    { headers: PATCH, body: LANGUAGE },
  ],
  'a conditional update under its id': ({ patient, mrn }) => [
    'PUT',
    `Patient?identifier=${mrn}`,
    { body: { resourceType: 'Patient', id: patient } },
  ],
  'a condition that a chain meets': ({ mrn }) => [
    'PATCH',
    `Observation?subject:Patient.identifier=${mrn}`,
    { headers: PATCH, body: LANGUAGE },
  ],
  'a reference': ({ patient }) => ['POST', 'Observation', { body: observation({ reference: `Patient/${patient}` }) }],
  'a reference to a version': ({ patient }) => [
    'POST',
    'Observation',
    { body: observation({ reference: `Patient/${patient}/_history/1` }) },
  ],
  'a referral of it': ({ patient, request }) => [
    'POST',
    'Task',
    {
      body: {
        resourceType: 'Task',
        status: 'requested',
        intent: 'order',
        code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
        focus: { reference: `ServiceRequest/${request}` },
        for: { reference: `Patient/${patient}` },
        requester: { reference: 'Organization/SPY' },
      },
    },
  ],
  'an outcome of it': ({ request }) => [
    'POST',
    'Procedure',
    {
      body: {
        resourceType: 'Procedure',
        status: 'completed',
        subject: { display: 'somebody' },
        basedOn: [{ reference: `ServiceRequest/${request}` }],
      },
    },
  ],
  'a conditional reference': ({ mrn }) => [
    'POST',
    '',
    {
      body: bundle('transaction', {
        request: { method: 'POST', url: 'Observation' },
        resource: observation({ reference: `Patient?identifier=${mrn}` }),
      }),
    },
  ],
  'a transaction': ({ note }) => [
    'POST',
    '',
    {
      body: bundle('transaction', {
        request: { method: 'PUT', url: `Observation/${note}` },
        resource: { ...observation({ display: 'x' }), id: note },
      }),
    },
  ],
  'a batch': ({ note, secret }) => [
    'POST',
    '',
    {
      body: bundle(
        'batch',
        { request: { method: 'GET', url: `Observation/${note}` } },
        { request: { method: 'GET', url: `Observation?identifier=${secret}` } },
        { request: { method: 'DELETE', url: `Observation/${note}` } },
      ),
    },
  ],
  'a match of persons': ({ family, birthDate }) => [
    'POST',
    'Patient/$match',
    {
      body: {
        resourceType: 'Parameters',
        parameter: [
          { name: 'resource', resource: { resourceType: 'Patient', name: [{ family, given: ['Robin'] }], birthDate } },
        ],
      },
    },
  ],
  'an export of a record': ({ patient }) => [
    'POST',
    'Patient/$export',
    {
      headers: { prefer: 'respond-async' },
      body: {
        resourceType: 'Parameters',
        parameter: [{ name: 'patient', valueReference: { reference: `Patient/${patient}` } }],
      },
    },
  ],
  'an export of a group': ({ patient }) => [
    'GET',
    `Group/${patient}/$export`,
    { headers: { prefer: 'respond-async' } },
  ],
  // These write something of the spy's own, and so come last.
  'a conditional creation': ({ secret }) => [
    'POST',
    'Observation',
    { body: observation({ display: 'x' }), headers: { 'if-none-exist': `identifier=${secret}` } },
  ],
  'a conditional update': ({ mrn }) => ['PUT', `Patient?identifier=${mrn}`, { body: { resourceType: 'Patient' } }],
};
