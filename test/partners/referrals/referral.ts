import { randomUUID } from 'node:crypto';
import type { Bundle, BundleEntry, Consent, Patient, Resource, ServiceRequest, Task } from '@medplum/fhirtypes';
import { examplesFor, type Need } from './examples.ts';
import { type Person, personOf } from './people.ts';
import { relink } from './relink.ts';

export type { Need } from './examples.ts';

export interface ReferralOrder {
  readonly number: number;
  /** Tells the referrals of one run from those of another. */
  readonly run: string;
  readonly need?: Need | undefined;
  readonly postalCode?: string | undefined;
  /** The hospital's Organization at the hub. */
  readonly hospitalId: string;
}

/** A referral as a hospital sends it. */
export interface Referral {
  /** The business identifier of its Task, as `system|value`. */
  readonly identifier: string;
  readonly person: Person;
  readonly need: Need;
  readonly task: Task;
  readonly bundle: Bundle;
}

const SYSTEM = 'https://mercy-hospital.example/referrals';
const RECORDS = 'https://mercy-hospital.example/records';
const HUB = 'Organization/careloop';

/** A transaction Bundle that asks the hub for help for one person, made from published or own examples. */
export function buildReferral({
  number,
  run,
  need = 'food',
  postalCode = '62223',
  hospitalId,
}: ReferralOrder): Referral {
  const person = personOf(number);
  const examples = examplesFor(need);
  const urns = new Map(examples.map(({ resourceType, id }) => [`${resourceType}/${id}`, `urn:uuid:${randomUUID()}`]));
  const relinked = examples.map(
    (example) => relink(example, (reference) => placeOf(reference, urns, hospitalId)) as Resource,
  );
  const entries = relinked.map((resource) =>
    entryOf(personal(resource, person, postalCode, number), urns.get(addressOf(resource))),
  );
  const urnOf = (type: string): string =>
    entries.find(({ resource }) => resource?.resourceType === type)?.fullUrl ?? '';
  const request = entries.find(({ resource }) => resource?.resourceType === 'ServiceRequest')
    ?.resource as ServiceRequest;
  request.supportingInfo = [{ reference: urnOf('Consent') }];
  const task = taskFor(request, {
    request: urnOf('ServiceRequest'),
    patient: urnOf('Patient'),
    hospitalId,
    value: `${run}-${number}`,
  });
  const bundle: Bundle = {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [...entries, entryOf(task, `urn:uuid:${randomUUID()}`)],
  };
  return { identifier: `${SYSTEM}|${run}-${number}`, person, need, task, bundle };
}

interface TaskParts {
  readonly request: string;
  readonly patient: string;
  readonly hospitalId: string;
  readonly value: string;
}

/** @see https://hl7.org/fhir/us/sdoh-clinicalcare/STU2/StructureDefinition-SDOHCC-TaskForReferralManagement.html */
function taskFor(request: ServiceRequest, { request: focus, patient, hospitalId, value }: TaskParts): Task {
  return {
    resourceType: 'Task',
    meta: {
      profile: ['http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-TaskForReferralManagement'],
    },
    identifier: [{ system: SYSTEM, value }],
    status: 'requested',
    intent: 'order',
    code: {
      coding: [
        { system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill', display: 'Fulfill the focal request' },
      ],
    },
    description: request.code?.text ?? request.code?.coding?.[0]?.display ?? 'A referral',
    focus: { reference: focus },
    for: { reference: patient },
    authoredOn: new Date().toISOString(),
    requester: { reference: `Organization/${hospitalId}` },
    owner: { reference: HUB },
  };
}

/** What is about this person, and none of the example's story. */
function personal(resource: Resource, person: Person, postalCode: string, number: number): Resource {
  switch (resource.resourceType) {
    case 'Patient':
      return patientOf(resource, person, postalCode, number);
    case 'Consent':
      return consentOf(resource);
    case 'ServiceRequest':
      return { ...resource, authoredOn: new Date().toISOString() };
    default:
      return resource;
  }
}

function patientOf(
  example: Patient,
  { given, family, gender, birthDate, line }: Person,
  postalCode: string,
  number: number,
): Patient {
  const { extension: _extension, ...kept } = example;
  return {
    ...kept,
    identifier: [{ system: RECORDS, value: `MRN-${String(number).padStart(6, '0')}` }],
    name: [{ use: 'official', family, given: [given] }],
    telecom: [{ system: 'phone', value: '555-0100', use: 'home' }],
    gender,
    birthDate,
    address: [{ line: [line], city: 'Belleville', state: 'IL', postalCode, country: 'US' }],
  };
}

/** The signed form is not sent along: its picture is half a megabyte. */
function consentOf({ sourceAttachment, ...consent }: Consent): Consent {
  const { data: _data, ...described } = sourceAttachment ?? {};
  return {
    ...consent,
    dateTime: new Date().toISOString(),
    ...(sourceAttachment ? { sourceAttachment: described } : {}),
  };
}

/** One entry; the same patient sent before is found, everything else is new. */
function entryOf({ id: _id, ...resource }: Resource, fullUrl: string | undefined): BundleEntry {
  const patient = resource.resourceType === 'Patient' ? (resource as Patient) : undefined;
  const identifier = patient?.identifier?.[0];
  const ifNoneExist = identifier
    ? { ifNoneExist: `identifier=${encodeURIComponent(`${identifier.system}|${identifier.value}`)}` }
    : {};
  return {
    ...(fullUrl ? { fullUrl } : {}),
    resource: resource as Resource,
    request: { method: 'POST', url: resource.resourceType, ...ifNoneExist },
  };
}

/** Where a reference of an example leads now: into the same Bundle, to the hospital, or nowhere. */
function placeOf(reference: string, urns: ReadonlyMap<string, string>, hospitalId: string): string | undefined {
  const fromHospital = /^(Organization|Practitioner|PractitionerRole)\//.test(reference);
  return urns.get(reference) ?? (fromHospital ? `Organization/${hospitalId}` : undefined);
}

function addressOf({ resourceType, id }: Resource): string {
  return `${resourceType}/${id}`;
}
