import type { AuditEvent, AuditEventAgent, AuditEventEntity, CodeableConcept, Coding } from '@medplum/fhirtypes';
import type { Door, OperatorDoor } from '../caller.ts';
import {
  ACCOUNT_EVENT_SYSTEM,
  ACCOUNT_EVENTS,
  CLIENT_SYSTEM,
  isAccountEvent,
  PERSON_SYSTEM,
  ROLE_SYSTEM,
} from './account-events.ts';

/** An audit entry as it is kept: what was written, read, refused or disclosed. */
export interface AuditEntry {
  readonly id: string;
  readonly recordedAt: Date;
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  /** A code of restful-interaction, or `disclosure`; null where the action says it. */
  readonly interaction: string | null;
  readonly organizationId: string | null;
  readonly clientId: string | null;
  readonly requestId: string | null;
  readonly type: string | null;
  readonly resourceId: string | null;
  readonly version: number | null;
  readonly patient: string | null;
  /** What was asked, with the names of its parameters. */
  readonly query: string | null;
  /** The code of the error it was refused with. */
  readonly refusal: string | null;
  /** Of a disclosure: to whom (an Organization), what for, and because of what (a reference). */
  readonly recipient: string | null;
  readonly purpose: string | null;
  readonly basis: string | null;
  /** Who did it, and as what (role codes, separated by spaces). */
  readonly personId: string | null;
  readonly personRoles: string | null;
  /** Of who came by a mailbox, and has no account: the name they said. */
  readonly visitor: string | null;
  /** Of what concerns an account: whose. Of what concerns a program: which. */
  readonly aboutPerson: string | null;
  readonly aboutClient: string | null;
  /** It stands for so many that were alike; null: for one. */
  readonly times: number | null;
  /** The emergency access it was done under, or is about. */
  readonly breakGlass: string | null;
  /** By what somebody on the machine of the hub had it done, who is not signed in; or that the hub has fetched it. */
  readonly door: Door | null;
}

/** The code systems of audit events. */
export const SYSTEMS = {
  type: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  interaction: 'http://hl7.org/fhir/restful-interaction',
  action: 'http://hl7.org/fhir/audit-event-action',
  outcome: 'http://hl7.org/fhir/audit-event-outcome',
  entityType: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  entityRole: 'http://terminology.hl7.org/CodeSystem/object-role',
  dicom: 'http://dicom.nema.org/resources/ontology/DCM',
  lifeCycle: 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle',
  purpose: 'http://terminology.hl7.org/CodeSystem/v3-ActReason',
  balpEntityType: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
} as const;

/** What an action says where no interaction is kept. */
export const INTERACTIONS = { C: 'create', R: 'read', U: 'update', D: 'delete', E: 'operation' } as const;

/**
 * An audit entry as the AuditEvent it is read as, in the shape IHE gives to what a REST server does. Pure.
 * @param observer the reference of this hub's Organization
 * @see https://profiles.ihe.net/ITI/BALP/content.html
 */
export function toAuditEvent(entry: AuditEntry, observer: string): AuditEvent & { id: string } {
  const recorded = entry.recordedAt.toISOString();
  return {
    resourceType: 'AuditEvent',
    id: entry.id,
    meta: { versionId: '1', lastUpdated: recorded },
    ...whatOf(entry),
    action: entry.action,
    recorded,
    outcome: entry.refusal === null ? '0' : '4',
    ...(entry.refusal === null ? {} : { outcomeDesc: entry.refusal }),
    ...(entry.purpose === null
      ? {}
      : { purposeOfEvent: [{ coding: [{ system: SYSTEMS.purpose, code: entry.purpose }] }] }),
    agent: agentsOf(entry, observer),
    source: {
      observer: { reference: observer },
      type: [
        {
          system: 'http://terminology.hl7.org/CodeSystem/security-source-type',
          code: '4',
          display: 'Application Server',
        },
      ],
    },
    entity: entitiesOf(entry),
  };
}

export const DISCLOSURE = 'disclosure';

function whatOf({ interaction, action }: AuditEntry): Pick<AuditEvent, 'type' | 'subtype'> {
  if (interaction === DISCLOSURE) {
    return {
      type: coding(SYSTEMS.dicom, '110106', 'Export'),
      subtype: [coding(SYSTEMS.lifeCycle, 'disclose', 'Disclose Record Lifecycle Event')],
    };
  }
  const account = isAccountEvent(interaction) ? ACCOUNT_EVENTS[interaction] : undefined;
  if (account && interaction !== null) {
    return {
      type: coding(SYSTEMS.dicom, ...account.type),
      subtype: [coding(SYSTEMS.dicom, ...account.subtype), { system: ACCOUNT_EVENT_SYSTEM, code: interaction }],
    };
  }
  const code = interaction ?? INTERACTIONS[action];
  return {
    type: coding(SYSTEMS.type, 'rest', 'RESTful Operation'),
    subtype: [coding(SYSTEMS.interaction, code, code)],
  };
}

const APPLICATION = ['110150', 'Application'] as const;
const SOURCE = ['110153', 'Source Role ID'] as const;
const DESTINATION = ['110152', 'Destination Role ID'] as const;

/** Who took part: of what was read, where it came from and who has it now. */
function agentsOf(entry: AuditEntry, observer: string): AuditEventAgent[] {
  const { organizationId, clientId, interaction, recipient, personId, door } = entry;
  const person = personId === null ? [] : [personAgent(entry)];
  const operator = door === null || door === 'fetched' ? [] : [operatorAgent(door)];
  const asking = {
    ...(organizationId === null ? {} : { who: { reference: `Organization/${organizationId}` } }),
    ...(clientId === null ? {} : { altId: clientId }),
    ...(door === 'fetched' ? { altId: door, name: 'Its own server, from which the hub has fetched it' } : {}),
    // An event has one who asked for it: where it is a person, its organization is only named.
    requestor: personId === null && operator.length === 0,
  };
  if (interaction === null || isAccountEvent(interaction))
    return [...person, ...operator, { type: role(APPLICATION), ...asking }];
  if (interaction !== DISCLOSURE) {
    return [
      ...person,
      ...operator,
      { type: role(DESTINATION), ...asking },
      { type: role(SOURCE), who: { reference: observer }, requestor: false },
    ];
  }
  return [
    { type: role(SOURCE), ...asking },
    { type: role(DESTINATION), who: { reference: `Organization/${recipient}` }, requestor: false },
  ];
}

function personAgent({ personId, personRoles, visitor, breakGlass }: AuditEntry): AuditEventAgent {
  const roles = (personRoles ?? '').split(' ').filter((each) => each !== '');
  return {
    type: { coding: [HUMAN] },
    who: { identifier: { system: PERSON_SYSTEM, value: personId ?? '' } },
    altId: personId ?? '',
    ...(visitor === null ? {} : { name: visitor }),
    ...(roles.length === 0 ? {} : { role: roles.map((code) => ({ coding: [{ system: ROLE_SYSTEM, code }] })) }),
    // What permitted it is the emergency.
    ...(breakGlass === null ? {} : { policy: [policyOf(breakGlass)] }),
    requestor: true,
  };
}

const OPERATORS: Readonly<Record<OperatorDoor, string>> = {
  'command-line': 'Operator, at the command line of the hub',
  settings: 'Operator, by the settings and files of the hub',
};

/** Somebody on the machine of the hub. Who that is, its own log says. */
function operatorAgent(door: OperatorDoor): AuditEventAgent {
  return { type: { coding: [HUMAN] }, altId: door, name: OPERATORS[door], requestor: true };
}

/** An emergency access as what permits something. Pure. @param id a UUID */
export function policyOf(id: string): string {
  return `urn:uuid:${id}`;
}

function role([code, display]: readonly [string, string]): CodeableConcept {
  return { coding: [coding(SYSTEMS.dicom, code, display)] };
}

const HUMAN = coding('http://terminology.hl7.org/CodeSystem/extra-security-role-type', 'humanuser', 'human user');
const OBJECT = coding(SYSTEMS.entityType, '2', 'System Object');

function entitiesOf(entry: AuditEntry): AuditEventEntity[] {
  const { patient, query, basis, requestId, aboutPerson, aboutClient, times } = entry;
  const entities: (AuditEventEntity | false)[] = [
    entry.resourceId !== null && {
      what: { reference: referenceOf(entry) },
      type: OBJECT,
      role: coding(SYSTEMS.entityRole, '4', 'Domain Resource'),
    },
    query !== null && {
      type: OBJECT,
      role: coding(SYSTEMS.entityRole, '24', 'Query'),
      query: Buffer.from(query).toString('base64'),
    },
    basis !== null && {
      what: { reference: basis },
      type: OBJECT,
      role: coding(SYSTEMS.entityRole, '20', 'Job'),
    },
    patient !== null && {
      what: { reference: `Patient/${patient}` },
      type: coding(SYSTEMS.entityType, '1', 'Person'),
      role: coding(SYSTEMS.entityRole, '1', 'Patient'),
    },
    aboutPerson !== null && {
      what: { identifier: { system: PERSON_SYSTEM, value: aboutPerson } },
      type: coding(SYSTEMS.entityType, '1', 'Person'),
      role: coding(SYSTEMS.entityRole, '11', 'Security User Entity'),
    },
    aboutClient !== null && {
      what: { identifier: { system: CLIENT_SYSTEM, value: aboutClient } },
      type: OBJECT,
      role: coding(SYSTEMS.entityRole, '11', 'Security User Entity'),
    },
    times !== null && { type: OBJECT, detail: [{ type: 'times', valueString: String(times) }] },
    requestId !== null && {
      what: { identifier: { value: requestId } },
      type: coding(SYSTEMS.balpEntityType, 'XrequestId', 'X-Request-Id'),
    },
  ];
  return entities.filter((entity) => entity !== false);
}

function referenceOf({ type, resourceId, version }: AuditEntry): string {
  return `${type}/${resourceId}${version === null ? '' : `/_history/${version}`}`;
}

function coding(system: string, code: string, display: string): Coding {
  return { system, code, display };
}
