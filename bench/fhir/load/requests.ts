import { BUNDLE_SIZE, type Kind } from '../kinds.ts';
import { cellBundle, idOf, ownerAt, PATIENT_NUMBERS, type Slot, STATUSES, TASK_SLOTS, taskOf } from '../resources.ts';

/** What is in the store that is measured. */
export interface World {
  /** How many cells of ten resources were preloaded. */
  readonly cells: number;
  /** `Organization/…` each. */
  readonly owners: readonly string[];
  readonly requester: string;
}

export interface Wanted {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: string;
  readonly body?: string;
  readonly status: number;
}

const FHIR = '/fhir/R4';
const DAY = '2026-03-02';
let sent = 0;

/** The next request of a kind: another one each time, spread over the whole store. */
export function nextRequest(kind: Exclude<Kind, 'commit'>, world: World): Wanted {
  switch (kind) {
    case 'echo':
    case 'insert':
      return { method: 'POST', path: `/${kind}`, body: JSON.stringify(someTask(world)), status: 200 };
    case 'create':
      return { method: 'POST', path: `${FHIR}/Task`, body: JSON.stringify(someTask(world)), status: 201 };
    case 'update':
      return update(world);
    case 'read':
      return { method: 'GET', path: `${FHIR}/Task/${someId(world)}`, status: 200 };
    case 'transaction':
      return { method: 'POST', path: FHIR, body: JSON.stringify(someBundle(world)), status: 200 };
    default:
      return { method: 'GET', path: `${FHIR}/${searchOf(kind, world)}`, status: 200 };
  }
}

/** How many resources a request of a kind writes or reads. */
export function resourcesOf(kind: Kind): number {
  return kind === 'transaction' ? BUNDLE_SIZE : 1;
}

function searchOf(kind: 'search' | 'chained' | 'include', world: World): string {
  const cell = below(world.cells);
  if (kind === 'chained') {
    return `Task?patient:Patient.identifier=${encodeURIComponent(`${PATIENT_NUMBERS}|cell-${cell}`)}`;
  }
  const task = below(STATUSES.length);
  const owner = world.owners[ownerAt(cell, task, world.owners.length)] ?? '';
  const worklist = `Task?owner=${encodeURIComponent(owner)}&status=${STATUSES[task]}&_count=20`;
  return kind === 'include' ? `${worklist}&_include=Task:patient` : worklist;
}

function update(world: World): Wanted {
  const id = someId(world);
  const body = JSON.stringify({ ...someTask(world), id });
  return { method: 'PUT', path: `${FHIR}/Task/${id}`, body, status: 200 };
}

function someTask(world: World): ReturnType<typeof taskOf> {
  const cell = below(world.cells);
  return taskOf({
    number: nextNumber(),
    status: pick(STATUSES),
    patient: `Patient/${idOf('patient', cell)}`,
    request: `ServiceRequest/${idOf('request', cell)}`,
    owner: pick(world.owners),
    requester: world.requester,
    day: DAY,
  });
}

function someBundle(world: World): ReturnType<typeof cellBundle> {
  const owners = STATUSES.map(() => pick(world.owners));
  return cellBundle({ number: nextNumber(), family: 'Tester', day: DAY, requester: world.requester, owners });
}

function someId(world: World): string {
  return idOf(pick<Slot>(TASK_SLOTS), below(world.cells));
}

function nextNumber(): string {
  sent += 1;
  return `${process.pid}-${sent}`;
}

function below(count: number): number {
  return Math.floor(Math.random() * count);
}

function pick<T>(values: readonly T[]): T {
  return values[below(values.length)] as T;
}
