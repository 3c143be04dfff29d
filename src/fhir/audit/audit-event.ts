import type { AuditEvent, AuditEventEntity, Coding } from '@medplum/fhirtypes';

/** An audit entry as it is kept: one write of one resource. */
export interface AuditEntry {
  readonly id: string;
  readonly recordedAt: Date;
  readonly action: 'C' | 'U' | 'D';
  readonly organizationId: string | null;
  readonly clientId: string | null;
  readonly requestId: string | null;
  readonly type: string;
  readonly resourceId: string;
  readonly version: number;
  readonly patient: string | null;
}

/** The code systems of audit events. */
export const SYSTEMS = {
  type: 'http://terminology.hl7.org/CodeSystem/audit-event-type',
  interaction: 'http://hl7.org/fhir/restful-interaction',
  action: 'http://hl7.org/fhir/audit-event-action',
  outcome: 'http://hl7.org/fhir/audit-event-outcome',
  entityType: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  entityRole: 'http://terminology.hl7.org/CodeSystem/object-role',
  balpEntityType: 'https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType',
} as const;

export const INTERACTIONS = { C: 'create', U: 'update', D: 'delete' } as const;

/**
 * An audit entry as the AuditEvent it is read as, in the shape IHE gives to what a REST server does. Pure.
 * @param observer the reference of this hub's Organization
 * @see https://profiles.ihe.net/ITI/BALP/content.html
 */
export function toAuditEvent(entry: AuditEntry, observer: string): AuditEvent & { id: string } {
  const recorded = entry.recordedAt.toISOString();
  const interaction = INTERACTIONS[entry.action];
  return {
    resourceType: 'AuditEvent',
    id: entry.id,
    meta: { versionId: '1', lastUpdated: recorded },
    type: { system: SYSTEMS.type, code: 'rest', display: 'RESTful Operation' },
    subtype: [{ system: SYSTEMS.interaction, code: interaction, display: interaction }],
    action: entry.action,
    recorded,
    outcome: '0',
    agent: [
      {
        type: {
          coding: [{ system: 'http://dicom.nema.org/resources/ontology/DCM', code: '110150', display: 'Application' }],
        },
        ...(entry.organizationId === null ? {} : { who: { reference: `Organization/${entry.organizationId}` } }),
        ...(entry.clientId === null ? {} : { altId: entry.clientId }),
        requestor: true,
      },
    ],
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

function entitiesOf({ type, resourceId, version, patient, requestId }: AuditEntry): AuditEventEntity[] {
  const written: AuditEventEntity = {
    what: { reference: `${type}/${resourceId}/_history/${version}` },
    type: coding(SYSTEMS.entityType, '2', 'System Object'),
    role: coding(SYSTEMS.entityRole, '4', 'Domain Resource'),
  };
  const whose: AuditEventEntity = {
    what: { reference: `Patient/${patient}` },
    type: coding(SYSTEMS.entityType, '1', 'Person'),
    role: coding(SYSTEMS.entityRole, '1', 'Patient'),
  };
  const asked: AuditEventEntity = {
    what: { identifier: { value: requestId ?? '' } },
    type: coding(SYSTEMS.balpEntityType, 'XrequestId', 'X-Request-Id'),
  };
  return [written, ...(patient === null ? [] : [whose]), ...(requestId === null ? [] : [asked])];
}

function coding(system: string, code: string, display: string): Coding {
  return { system, code, display };
}
