import type { Bundle, Resource } from '@medplum/fhirtypes';

/** What the interactions are about; ids as they are known when they are there. */
export interface Known {
  readonly patient: string;
  readonly task: string;
  readonly observation: string;
  readonly group: string;
  readonly subscription: string;
}

/** One thing that can be asked of the FHIR API, and the scopes it needs, all of them. */
export interface Asked {
  readonly name: string;
  readonly needs: readonly string[];
  readonly method: string;
  readonly url: (known: Known) => string;
  readonly body?: (known: Known) => unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

const observation = ({ patient }: Known, others: object = {}): object => ({
  resourceType: 'Observation',
  status: 'final',
  code: { text: 'Glucose' },
  subject: { reference: `Patient/${patient}` },
  ...others,
});
/** What the Observation is found by. */
export const IDENTIFIED = { identifier: [{ system: 'https://x.example', value: '1' }] };
const PATCH = { 'content-type': 'application/json-patch+json' };
const TOPIC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task';

const bundle = (type: 'batch' | 'transaction', ...entry: NonNullable<Bundle['entry']>): Bundle => ({
  resourceType: 'Bundle',
  type,
  entry,
});
const posted = (resource: object): NonNullable<Bundle['entry']>[number] => ({
  resource: resource as Resource,
  request: { method: 'POST', url: (resource as Resource).resourceType },
});

export const subscription = (topic: string, filters: readonly string[] = []): Resource =>
  ({
    resourceType: 'Subscription',
    status: 'requested',
    reason: 'News',
    criteria: topic,
    ...(filters.length === 0
      ? {}
      : {
          _criteria: {
            extension: filters.map((valueString) => ({
              url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria',
              valueString,
            })),
          },
        }),
    channel: {
      type: 'rest-hook',
      endpoint: 'http://127.0.0.1:9/hook',
      payload: 'application/fhir+json',
      _payload: {
        extension: [
          {
            url: 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content',
            valueCode: 'id-only',
          },
        ],
      },
    },
  }) as Resource;

const read = (name: string, needs: string[], url: (known: Known) => string, method = 'GET'): Asked => ({
  name,
  needs,
  method,
  url,
});

const READS: readonly Asked[] = [
  read('reads', ['Task.r'], ({ task }) => `Task/${task}`),
  read('reads with HEAD', ['Task.r'], ({ task }) => `Task/${task}`, 'HEAD'),
  read('reads a version', ['Task.r'], ({ task }) => `Task/${task}/_history/1`),
  read('reads a history', ['Task.r'], ({ task }) => `Task/${task}/_history`),
  read('reads the history of a type', ['Task.s'], () => 'Task/_history'),
  read('reads the history of everything', ['*.s'], () => '_history'),
  read('searches', ['Task.s'], () => 'Task?status=requested'),
  read('counts', ['Task.s'], () => 'Task?_summary=count'),
  read('searches several types', ['Task.s', 'Patient.s'], () => '?_type=Task,Patient'),
  read('searches what belongs to a patient', ['Patient.r', 'Task.s'], ({ patient }) => `Patient/${patient}/Task`),
  read('searches by a chain', ['Task.s', 'Patient.s'], () => 'Task?patient.family=Ng'),
  read('searches by a typed chain', ['Observation.s', 'Patient.s'], () => 'Observation?subject:Patient.family=Ng'),
  read(
    'searches by a long chain',
    ['Task.s', 'Patient.s', 'Organization.s'],
    () => 'Task?patient.organization.name=Clinic',
  ),
  read('searches by a List', ['Task.s', 'List.s'], () => 'Task?_list=one'),
  read('searches by _has', ['Patient.s', 'Task.s'], () => 'Patient?_has:Task:patient:status=requested'),
  read(
    'searches by _has over a chain',
    ['Patient.s', 'Task.s', 'Organization.s'],
    () => 'Patient?_has:Task:patient:owner:Organization.name=Clinic',
  ),
  read('brings along', ['Task.s', 'Patient.r'], () => 'Task?_include=Task:patient:Patient'),
  read('brings along what refers', ['Patient.s', 'Task.r'], () => 'Patient?_revinclude=Task:patient'),
  read(
    'brings along from what came along',
    ['Task.s', 'Patient.r'],
    () => 'Task?_include=Task:patient&_include:iterate=Patient:organization',
  ),
  read('searches the audit', ['AuditEvent.s'], () => 'AuditEvent'),
  read(
    'searches the audit of a patient',
    ['AuditEvent.s', 'Patient.r'],
    ({ patient }) => `Patient/${patient}/AuditEvent`,
  ),
];

const WRITES: readonly Asked[] = [
  { name: 'creates', needs: ['Observation.c'], method: 'POST', url: () => 'Observation', body: observation },
  {
    name: 'creates unless there is one',
    needs: ['Observation.c', 'Observation.s'],
    method: 'POST',
    url: () => 'Observation',
    body: observation,
    headers: { 'if-none-exist': 'identifier=https://x.example|nothing' },
  },
  {
    name: 'creates, and says where from',
    needs: ['Observation.c', 'Provenance.c'],
    method: 'POST',
    url: () => 'Observation',
    body: observation,
    headers: {
      'x-provenance': JSON.stringify({
        resourceType: 'Provenance',
        recorded: '2026-03-02T09:00:00Z',
        agent: [{ who: { display: 'A program' } }],
      }),
    },
  },
  {
    name: 'updates',
    needs: ['Observation.u'],
    method: 'PUT',
    url: (known) => `Observation/${known.observation}`,
    body: (known) => observation(known, { id: known.observation, ...IDENTIFIED }),
  },
  {
    name: 'updates by a condition',
    needs: ['Observation.u', 'Observation.s'],
    method: 'PUT',
    url: () => 'Observation?identifier=https://x.example|1',
    body: (known) => observation(known, IDENTIFIED),
  },
  {
    name: 'patches',
    needs: ['Observation.u'],
    method: 'PATCH',
    url: (known) => `Observation/${known.observation}`,
    body: () => [{ op: 'replace', path: '/status', value: 'amended' }],
    headers: PATCH,
  },
  {
    name: 'patches by a condition',
    needs: ['Observation.u', 'Observation.s'],
    method: 'PATCH',
    url: () => 'Observation?identifier=https://x.example|1',
    body: () => [{ op: 'replace', path: '/status', value: 'amended' }],
    headers: PATCH,
  },
  { name: 'deletes', needs: ['Observation.d'], method: 'DELETE', url: () => 'Observation/never' },
  {
    name: 'deletes by a condition',
    needs: ['Observation.d', 'Observation.s'],
    method: 'DELETE',
    url: () => 'Observation?identifier=https://x.example|nothing',
  },
  {
    name: 'subscribes',
    needs: ['Subscription.c', 'Task.r'],
    method: 'POST',
    url: () => 'Subscription',
    body: () => subscription(TOPIC),
  },
];

const BUNDLES: readonly Asked[] = [
  {
    name: 'writes and reads in a transaction',
    needs: ['Observation.c', 'Patient.r'],
    method: 'POST',
    url: () => '',
    body: (known) =>
      bundle('transaction', posted(observation(known)), {
        request: { method: 'GET', url: `Patient/${known.patient}` },
      }),
  },
  {
    name: 'refers by a search in a transaction',
    needs: ['Observation.c', 'Patient.s'],
    method: 'POST',
    url: () => '',
    body: (known) =>
      bundle('transaction', posted(observation(known, { subject: { reference: `Patient?_id=${known.patient}` } }))),
  },
];

const QUESTIONNAIRE = { resourceType: 'Questionnaire', status: 'active', item: [{ linkId: '1', type: 'string' }] };
const inputs = (...parameter: object[]): object => ({ resourceType: 'Parameters', parameter });

const OPERATIONS: readonly Asked[] = [
  read('$everything', ['Patient.r'], ({ patient }) => `Patient/${patient}/$everything`),
  read(
    '$everything of some types',
    ['Patient.r', 'Task.r'],
    ({ patient }) => `Patient/${patient}/$everything?_type=Task`,
  ),
  {
    name: '$match',
    needs: ['Patient.s'],
    method: 'POST',
    url: () => 'Patient/$match',
    body: () => inputs({ name: 'resource', resource: { resourceType: 'Patient', birthDate: '1950-05-05' } }),
  },
  {
    ...read('$export', ['Task.r', 'Patient.r'], () => '$export?_type=Task,Patient'),
    headers: { prefer: 'respond-async' },
  },
  {
    ...read('$export of a group', ['Group.r', 'Task.r'], ({ group }) => `Group/${group}/$export?_type=Task`),
    headers: { prefer: 'respond-async' },
  },
  read('$expand', ['ValueSet.r'], () => 'ValueSet/$expand?url=http://hl7.org/fhir/ValueSet/task-status'),
  read('$lookup', ['CodeSystem.r'], () => 'CodeSystem/$lookup?system=http://hl7.org/fhir/task-status&code=draft'),
  read(
    '$validate-code in a value set',
    ['ValueSet.r'],
    () =>
      'ValueSet/$validate-code?url=http://hl7.org/fhir/ValueSet/task-status&code=draft&system=http://hl7.org/fhir/task-status',
  ),
  read(
    '$validate-code in a code system',
    ['CodeSystem.r'],
    () => 'CodeSystem/$validate-code?url=http://hl7.org/fhir/task-status&code=draft',
  ),
  {
    name: '$validate of what is there',
    needs: ['Patient.r'],
    method: 'GET',
    url: ({ patient }) => `Patient/${patient}/$validate?mode=delete`,
  },
  {
    name: '$populate',
    needs: ['Questionnaire.r', 'Patient.r'],
    method: 'POST',
    url: () => 'Questionnaire/$populate',
    body: ({ patient }) =>
      inputs(
        { name: 'questionnaire', resource: QUESTIONNAIRE },
        { name: 'subject', valueReference: { reference: `Patient/${patient}` } },
      ),
  },
  read('$status of a subscription', ['Subscription.r'], ({ subscription: id }) => `Subscription/${id}/$status`),
  read(
    '$events of a subscription',
    ['Subscription.r', 'Task.r'],
    ({ subscription: id }) => `Subscription/${id}/$events`,
  ),
];

/** Everything that can be asked, each with what it needs. */
export const ASKED: readonly Asked[] = [...READS, ...WRITES, ...BUNDLES, ...OPERATIONS];
