import { createHash } from 'node:crypto';
import type { Bundle, BundleEntry, Patient, ServiceRequest, Task } from '@medplum/fhirtypes';

/** Resources that belong together: a patient, what is asked for, and eight Tasks for it, each in a status of its own. */
export const SLOTS = ['patient', 'request', 't0', 't1', 't2', 't3', 't4', 't5', 't6', 't7'] as const;
export type Slot = (typeof SLOTS)[number];
export const TASK_SLOTS = SLOTS.slice(2);

export const STATUSES: readonly NonNullable<Task['status']>[] = [
  'requested',
  'received',
  'accepted',
  'ready',
  'in-progress',
  'on-hold',
  'failed',
  'completed',
];

export const PATIENT_NUMBERS = 'https://bench.example/patients';
const TASK_NUMBERS = 'https://bench.example/tasks';

/** Where a resource of the preloaded store is: ids are random to look at, and known from their number. Pure. */
export function idOf(slot: Slot, cell: number): string {
  const hex = createHash('md5').update(`${slot} ${cell}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** Whose a preloaded Task is: twenty organizations, each with Tasks in every status. Pure. */
export function ownerAt(cell: number, task: number, owners: number): number {
  return (cell + task * 7) % owners;
}

export interface TaskDetails {
  readonly number: string;
  readonly status: NonNullable<Task['status']>;
  readonly patient: string;
  readonly request: string;
  readonly owner: string;
  readonly requester: string;
  readonly day: string;
}

/** A Task of about 1 kB, as a partner sends it; not of a referral, which would do more than be stored. */
export function taskOf(details: TaskDetails): Task {
  return {
    resourceType: 'Task',
    identifier: [{ system: TASK_NUMBERS, value: details.number }],
    status: details.status,
    intent: 'order',
    priority: 'routine',
    code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'approve' }] },
    description: 'Call the household, agree on a day for the food parcel, and say here what was agreed.',
    focus: { reference: details.request },
    for: { reference: details.patient, display: 'The person the parcel is for' },
    authoredOn: `${details.day}T09:00:00Z`,
    lastModified: `${details.day}T10:30:00Z`,
    requester: { reference: details.requester, display: 'General Hospital, social work' },
    owner: { reference: details.owner, display: 'Harvest Food Bank' },
    reasonCode: { coding: [{ system: 'http://snomed.info/sct', code: '733423003' }], text: 'Food insecurity' },
    restriction: { period: { start: `${details.day}T09:00:00Z` } },
    note: [{ text: 'The door bell is broken; knock, and wait a moment. Somebody is there in the mornings.' }],
  };
}

export function patientOf(number: string, family: string): Patient {
  return {
    resourceType: 'Patient',
    identifier: [{ system: PATIENT_NUMBERS, value: number }],
    active: true,
    name: [{ family, given: ['Robin'] }],
    gender: 'unknown',
    birthDate: '1980-05-17',
    address: [{ line: ['12 Mill Lane'], city: 'Millbrook', postalCode: '01001' }],
  };
}

export function requestOf(patient: string, requester: string, day: string): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    code: { coding: [{ system: 'http://snomed.info/sct', code: '467771000124109' }], text: 'Help with a food pantry' },
    subject: { reference: patient },
    authoredOn: `${day}T09:00:00Z`,
    requester: { reference: requester },
  };
}

export interface CellDetails {
  readonly number: string;
  readonly family: string;
  readonly day: string;
  readonly requester: string;
  /** The owner of each Task. */
  readonly owners: readonly string[];
}

/** The ten resources of a cell as one transaction Bundle. */
export function cellBundle({ number, family, day, requester, owners }: CellDetails): Bundle {
  const [patient, request] = [
    'urn:uuid:00000000-0000-4000-8000-00000000000a',
    'urn:uuid:00000000-0000-4000-8000-00000000000b',
  ];
  const tasks = STATUSES.map((status, at) =>
    taskOf({ number: `${number}-${at}`, status, patient, request, owner: owners[at] ?? requester, requester, day }),
  );
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: [
      { ...posted(patientOf(number, family)), fullUrl: patient },
      { ...posted(requestOf(patient, requester, day)), fullUrl: request },
      ...tasks.map(posted),
    ],
  };
}

function posted(resource: NonNullable<BundleEntry['resource']>): BundleEntry {
  return { request: { method: 'POST', url: resource.resourceType }, resource };
}
