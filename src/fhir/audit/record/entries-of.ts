import type { Bundle, Parameters, Resource } from '@medplum/fhirtypes';
import type { Interaction } from '../../rest/interaction.ts';
import type { Address } from '../../rest/request/address.ts';
import { parametersOf } from '../../search/parameters/parameter.ts';
import { auditParameters } from '../audit-params.ts';
import { patientOf } from '../patient-of.ts';
import type { NewEntry } from './new-entry.ts';
import { GENERAL_PARAMETERS, NOT_RECORDED, RECORDED, type ReadInteraction } from './recorded.ts';

/**
 * The entries for what was read: one for each patient whose data the answer holds, as IHE's patterns want it, or one
 * without a patient. Pure.
 * @see https://profiles.ihe.net/ITI/BALP/content.html
 */
export function entriesOf(asked: Interaction, answer: Resource | undefined): NewEntry[] {
  const { address } = asked;
  // What this server does is told to anybody.
  if (address.kind === 'metadata' || (address.kind === 'operation' && NOT_RECORDED.has(address.name))) return [];
  const interaction = interactionOf(address);
  const said: NewEntry = {
    action: RECORDED[interaction],
    interaction,
    ...targetOf(address),
    version: versionOf(answer, address),
    query: queryOf(asked),
  };
  const patients = patientsIn(address, answer);
  return patients.length === 0 ? [said] : patients.map((patient) => ({ ...said, patient }));
}

const ACTIONS = { GET: 'R', HEAD: 'R', POST: 'C', PUT: 'U', PATCH: 'U', DELETE: 'D' } as const;
const WRITES = { POST: 'create', PUT: 'update', PATCH: 'patch', DELETE: 'delete' } as const;

/** The entry for what was refused. Pure. @param asked undefined when the address is none of the FHIR API's */
export function refusalOf(asked: Pick<Interaction, 'method' | 'address'>, refusal: string): NewEntry {
  const { method, address } = asked;
  const target = targetOf(address);
  const patient = target.resource_type === 'Patient' ? target.resource_id : undefined;
  const isWrite = method !== 'GET' && method !== 'HEAD' && (address.kind === 'type' || address.kind === 'instance');
  if (isWrite) return { action: ACTIONS[method], interaction: WRITES[method], ...target, patient, refusal };
  const interaction = interactionOf(address);
  return {
    action: RECORDED[interaction],
    interaction,
    ...target,
    patient,
    query: queryOf({ address, params: [] }),
    refusal,
  };
}

function interactionOf(address: Address): ReadInteraction {
  switch (address.kind) {
    case 'instance':
      return 'read';
    case 'version':
      return 'vread';
    case 'history':
      if (address.id !== undefined) return 'history-instance';
      return address.type === undefined ? 'history-system' : 'history-type';
    case 'operation':
    case 'metadata':
      return 'operation';
    case 'system':
      return 'search-system';
    case 'type':
    case 'search':
    case 'compartment':
      return address.type === undefined ? 'search-system' : 'search-type';
  }
}

function targetOf(address: Address): Pick<NewEntry, 'resource_type' | 'resource_id'> {
  return {
    resource_type: 'type' in address ? address.type : undefined,
    resource_id: 'id' in address && address.kind !== 'compartment' ? address.id : undefined,
  };
}

/** The version that was read; of history and searches there are many. */
function versionOf(answer: Resource | undefined, { kind }: Address): number | undefined {
  if (kind !== 'instance' && kind !== 'version') return undefined;
  const version = Number(answer?.meta?.versionId);
  return Number.isSafeInteger(version) ? version : undefined;
}

/** What was asked, without any value: names only, and only those that are no words of the caller's. */
function queryOf({ address, params }: Pick<Interaction, 'address' | 'params'>): string | undefined {
  const type = ('type' in address ? address.type : undefined) ?? '';
  switch (address.kind) {
    case 'instance':
    case 'version':
      return undefined;
    case 'operation':
      return `${type}$${address.name}`;
    case 'history':
      return `${type}/_history${namesOf(type, params)}`;
    case 'compartment':
      return `${address.compartment}/*/${type || '*'}${namesOf(type, params)}`;
    default:
      return `${type}${namesOf(type, params)}`;
  }
}

function namesOf(type: string, params: Interaction['params']): string {
  const names = params.flatMap(([name]) => (isKnown(type, name) ? [name] : []));
  return names.length === 0 ? '' : `?${[...new Set(names)].join('&')}`;
}

function isKnown(type: string, name: string): boolean {
  const [code = ''] = name.split(/[.:]/);
  if (!/^[\w.:-]{1,100}$/.test(name)) return false;
  if (GENERAL_PARAMETERS.has(code)) return true;
  return type === 'AuditEvent' ? auditParameters().includes(code) : type !== '' && parametersOf(type).has(code);
}

/** Whose data an answer holds; to read the audit is to read nobody's record. */
function patientsIn(address: Address, answer: Resource | undefined): string[] {
  if ('type' in address && address.type === 'AuditEvent') return [];
  const found = new Set(patientsOf(answer));
  if ('id' in address && address.id !== undefined && subjectType(address) === 'Patient') found.add(address.id);
  return [...found];
}

/** The ids of the patients whose data a resource holds, or the resources of a Bundle or of Parameters. Pure. */
export function patientsOf(resource: Resource | undefined): string[] {
  const found = new Set<string>();
  collect(resource, found);
  return [...found];
}

function subjectType(address: Address): string | undefined {
  if (address.kind === 'compartment') return address.compartment;
  return 'type' in address ? address.type : undefined;
}

function collect(resource: Resource | undefined, into: Set<string>): void {
  if (!resource) return;
  if (resource.resourceType === 'Bundle') {
    for (const entry of (resource as Bundle).entry ?? []) collect(entry.resource, into);
  } else if (resource.resourceType === 'Parameters') {
    for (const parameter of (resource as Parameters).parameter ?? []) collect(parameter.resource, into);
  } else {
    const patient = patientOf(resource);
    if (patient !== undefined) into.add(patient);
  }
}
