import { NEXT_BATCH_SQL } from '../../src/deliveries/notices/batch.ts';
import { IN_LANE_SQL, SURROUNDINGS_SQL, TAKE_SQL, TURN_SQL } from '../../src/deliveries/store.ts';
import { ENDPOINT_SQL, SERVICES_SQL } from '../../src/directory/directory.ts';
import { withinCompartment } from '../../src/fhir/compartments/within.ts';
import { loadDefinitions } from '../../src/fhir/definitions.ts';
import {
  MEMBERS_SQL,
  membershipOf,
  NEXT_PATIENT_SQL,
  SOME_SQL,
} from '../../src/fhir/operations/everything/read-part.ts';
import { REFERENCES_IN_SQL } from '../../src/fhir/operations/everything/referred.ts';
import type { KeysCondition } from '../../src/fhir/search/conditions/condition.ts';
import { REFERRED_SQL } from '../../src/fhir/search/include.ts';
import { readable } from '../../src/fhir/search/readable.ts';
import { REFERRING_SQL } from '../../src/fhir/search/referring.ts';
import { readRequest } from '../../src/fhir/search/request/read-request.ts';
import { chooseDriver } from '../../src/fhir/search/selectivity.ts';
import { foundStatement, gatherStatement, walkStatement } from '../../src/fhir/search/sql/statements.ts';
import type { Statement } from '../../src/fhir/search/sql/values.ts';
import { eventsSql } from '../../src/fhir/subscriptions/events/load-events.ts';
import { LOCK_SQL } from '../../src/fhir/subscriptions/events/record.ts';
import { WITHDRAW_SQL } from '../../src/outbox/messages.ts';
import { CLAIM_SQL } from '../../src/outbox/outbox.ts';
import { PLANS_SQL } from '../../src/plans/store.ts';
import { LEGS_SQL } from '../../src/referrals/ask-next.ts';
import { sameIdentifierSql } from '../../src/referrals/receive-referral.ts';
import { TASK_OF_REQUEST_SQL } from '../../src/referrals/updates/attach-outcome.ts';

/** A statement, values for it, the indexes it must use, and whether it must come in order without being sorted. */
export interface Hot {
  readonly name: string;
  readonly text: string;
  readonly values: readonly unknown[];
  readonly indexes: readonly string[];
  readonly inOrder?: true;
  readonly forValues?: true;
}

/** What a chain has led to: so many that the planner must not think that most resources refer to one of them. */
const MANY = Array.from({ length: 800 }, (_, at) => `Task.subject=Patient/pat${at}`);
/** The resources of one patient. */
const RECORD = Array.from({ length: 200 }, (_, at) => `root${at}`);
const MIDDLE = '2026-02-10T00:00:00Z';

loadDefinitions();
const caller = { kind: 'client', organizationId: 'org0' } as const;
const small = { kind: 'client', organizationId: 'small' } as const;
const context = { base: 'https://hub.example/fhir/R4', now: new Date('2026-03-20') };
const first = { place: undefined, backwards: false, limit: 21, asOf: undefined };

function asked(url: string): ReturnType<typeof readRequest> {
  const [type = '', query] = url.split('?');
  return readRequest(context, type, [...new URLSearchParams(query)]);
}

function hot(name: string, { text, values }: Statement): Pick<Hot, 'name' | 'text' | 'values'> {
  return { name, text, values };
}

/** What the database would say of the busy hub: half of it are Tasks, of which one in ten is requested. */
const STATISTICS = {
  rows: 1_000_000,
  types: new Map([['Task', 0.5]]),
  tokens: new Map([['Task.status=requested', 0.05]]),
};

/** A search that gathers what matches. */
const gather = (url: string, where = asked(url).where): ReturnType<typeof hot> =>
  hot(url, gatherStatement({ ...asked(url), where }, caller, first));
/** Likewise, of an organization that may read few of very many. */
function ofFew(url: string): ReturnType<typeof hot> {
  const request = asked(url);
  const where = chooseDriver(readable(request.where, request.types, small, STATISTICS), request.types[0], STATISTICS);
  return hot(`${url}, of few`, gatherStatement({ ...request, where }, small, first));
}
/** What belongs to a patient. */
function compartment(type: string | undefined): ReturnType<typeof hot> {
  const { path, types, condition } = withinCompartment({ compartment: 'Patient', id: 'pat777', type }, context.base);
  return hot(path, gatherStatement({ ...asked('Task'), types, where: [condition(types)] }, caller, first));
}
/** A search that looks for matches in the order of changes. */
const walk = (url: string, place?: readonly unknown[]): ReturnType<typeof hot> =>
  hot(`${url}${place ? ', deep' : ''}`, walkStatement(asked(url), caller, { ...first, place }, { budget: 500 }));
/** A search that looks for matches in the list of its first condition, in the order of changes. */
const walkList = (url: string, place?: readonly unknown[]): ReturnType<typeof hot> => {
  const request = asked(url);
  const walk = { list: request.where[0] as KeysCondition, budget: 500 };
  return hot(`${url}${place ? ', deep' : ''}, of a list`, walkStatement(request, caller, { ...first, place }, walk));
};
/** What a chain leads to, or what `_has` comes from. */
const linked = (url: string): ReturnType<typeof hot> => {
  const { types, where } = asked(url);
  return hot(
    `${url}, linked`,
    foundStatement(types[0] ?? '', where, caller, () => 'SELECT id FROM hit LIMIT 5001'),
  );
};

export const HOT: readonly Hot[] = [
  {
    name: 'claiming what is due',
    text: CLAIM_SQL,
    values: ['2026-02-01', 200],
    indexes: ['outbox_due', 'outbox_pkey'],
  },
  {
    name: 'the turn of a delivery',
    text: TURN_SQL,
    values: ['DELIVERY'],
    indexes: ['delivery_pkey'],
  },
  {
    name: 'taking a delivery',
    text: TAKE_SQL,
    values: ['DELIVERY'],
    indexes: ['delivery_pkey'],
  },
  {
    name: 'what surrounds a delivery',
    text: SURROUNDINGS_SQL,
    values: ['DELIVERY', 'root777', 'org7', 1, '2026-02-01'],
    indexes: ['delivery_lane', 'attempt_pkey', 'delivery_sending'],
  },
  {
    name: 'what surrounds a delivery to a busy recipient',
    text: SURROUNDINGS_SQL,
    values: ['DELIVERY', 'root777', 'org0', 1, '2026-02-01'],
    indexes: ['delivery_lane', 'attempt_pkey', 'delivery_sending'],
  },
  {
    name: 'the next in a lane',
    text: IN_LANE_SQL,
    values: ['org0'],
    indexes: ['delivery_in_lane'],
  },
  {
    name: 'the legs of a referral',
    text: LEGS_SQL,
    values: [['Task.part-of=Task/root777']],
    indexes: ['resource_tokens'],
  },
  {
    name: 'the Task of a request',
    text: TASK_OF_REQUEST_SQL,
    values: [['Task.focus=ServiceRequest/req777']],
    indexes: ['resource_tokens'],
  },
  {
    name: 'a referral under the same identifier',
    text: sameIdentifierSql(caller),
    values: [['Task.identifier=https://hospital.example|7'], 'x', 'Task.requester=Organization/org7'],
    indexes: ['resource_tokens'],
  },
  {
    name: 'the endpoint of an organization',
    text: ENDPOINT_SQL,
    values: [['Endpoint.organization=Organization/org7']],
    indexes: ['resource_tokens'],
  },
  {
    name: 'the services for a request',
    text: SERVICES_SQL,
    values: [['HealthcareService.service-category=need7']],
    indexes: ['resource_tokens'],
  },
  {
    name: 'the plans with a request',
    text: PLANS_SQL,
    values: [['CarePlan.activity-reference=ServiceRequest/req7']],
    indexes: ['resource_tokens'],
  },
  {
    name: 'numbering events',
    text: LOCK_SQL,
    values: [['sub7', 'sub8']],
    indexes: ['subscription_pkey'],
  },
  {
    name: 'the next events of a subscription',
    text: NEXT_BATCH_SQL,
    values: ['sub7', 20, 10],
    indexes: ['subscription_event_pkey'],
    inOrder: true,
  },
  {
    name: 'what events are about',
    text: eventsSql({ kind: 'client', organizationId: 'org7' }),
    values: ['sub7', 20, 30, 10, true],
    indexes: ['subscription_event_pkey', 'resource_pkey', 'resource_history_pkey'],
    inOrder: true,
  },
  {
    name: 'withdrawing what waits for a subscriber',
    text: WITHDRAW_SQL,
    values: ['Subscription/sub7', '2026-02-01'],
    indexes: ['delivery_lane', 'outbox_subject'],
  },
  { ...gather('Task?owner=Organization/org7&status=requested'), indexes: ['resource_tokens'] },
  { ...gather('Task?patient=Patient/pat777&status=requested'), indexes: ['resource_tokens'] },
  { ...gather('Task?identifier=https://hospital.example|777'), indexes: ['resource_tokens'] },
  {
    ...gather('Task?patient.name=…, found', [{ kind: 'keys', keys: MANY }]),
    indexes: ['resource_tokens'],
  },
  { ...gather('Task?patient=Patient/pat777&_sort=-authored-on'), indexes: ['resource_tokens', 'search_range_owner'] },
  { ...ofFew('Task?status=requested'), indexes: ['resource_tokens'] },
  { ...ofFew('Task?status=requested&_sort=-authored-on'), indexes: ['resource_tokens', 'search_range_owner'] },
  { ...ofFew('Task'), indexes: ['resource_tokens'] },
  { ...compartment('Task'), indexes: ['resource_tokens'] },
  { ...compartment(undefined), indexes: ['resource_tokens', 'resource_pkey'] },
  { ...gather('Task?authored-on=2026-02-01'), indexes: ['search_range_low', 'resource_pkey'] },
  { ...gather('Patient?_id=pat7,pat8'), indexes: ['resource_pkey'] },
  { ...gather('Patient?family=f1c159'), indexes: ['resource_texts'] },
  { ...gather('Patient?family:exact=F1c159'), indexes: ['resource_texts'] },
  { ...linked('Patient?family=f1c159'), indexes: ['resource_texts'] },
  { ...linked('Task?owner=Organization/org7'), indexes: ['resource_tokens'] },
  { ...walk('Task?_lastUpdated=ge2026-03-20&_sort=_lastUpdated'), indexes: ['resource_recent'], inOrder: true },
  { ...walk('Task'), indexes: ['resource_recent'], inOrder: true },
  { ...walk('Task?status=completed'), indexes: ['resource_recent'], inOrder: true },
  { ...walk('Task?status=completed', [MIDDLE, 'root7']), indexes: ['resource_recent'], inOrder: true },
  { ...walk('Task?patient.gender=female'), indexes: ['resource_recent', 'resource_pkey'], inOrder: true },
  { ...walkList('Task?owner=Organization/org7&status=completed'), indexes: ['resource_listed'] },
  { ...walkList('Task?owner=Organization/org7&status=completed', [MIDDLE, 'leg7']), indexes: ['resource_listed'] },
  {
    ...walk('Patient?_has:Task:patient:status=completed'),
    indexes: ['resource_recent', 'resource_tokens'],
    inOrder: true,
  },
  {
    name: 'what refers to a page of results',
    text: REFERRING_SQL(caller),
    values: [['Task.subject=Patient/pat7', 'Task.subject=Patient/pat8'], 1_000],
    indexes: ['resource_tokens'],
  },
  {
    name: 'what a page of results refers to',
    text: REFERRED_SQL(caller),
    values: [
      ['Patient', 'Patient'],
      ['pat7', 'pat8'],
    ],
    indexes: ['resource_pkey'],
  },
  {
    name: 'what belongs to a patient',
    text: MEMBERS_SQL(caller),
    values: [membershipOf('pat7')],
    indexes: ['resource_tokens'],
  },
  {
    name: 'what a record refers to',
    text: REFERENCES_IN_SQL(caller),
    values: [RECORD.map(() => 'Task'), RECORD],
    indexes: ['resource_pkey'],
  },
  {
    name: 'a page of a record',
    text: SOME_SQL(caller),
    values: [RECORD.map(() => 'Task'), RECORD, 'Task', 'root3', null, 501],
    indexes: ['resource_pkey'],
  },
  { name: 'the next patient', text: NEXT_PATIENT_SQL(caller), values: ['pat7'], indexes: ['resource_pkey'] },
];
