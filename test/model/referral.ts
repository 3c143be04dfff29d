import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import type { Start } from './world.ts';

const SDOHCC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/CodeSystem/SDOHCC-CodeSystemTemporaryCodes';
/** Whoever gets what is of this category, too, is asked by the policy of the model whether it was received. */
export const ASKED_ABOUT = 'transportation-insecurity';

const HOUR_MS = 3_600_000;

/** The ids by which a hub knows who is there. */
export type Ids = (party: string) => string;

/** What a sender asks for. */
export function requestOf(start: Start, patient: string, ids: Ids): ServiceRequest {
  return {
    resourceType: 'ServiceRequest',
    status: 'active',
    intent: 'order',
    category: [
      { coding: [{ system: SDOHCC, code: 'food-insecurity' }] },
      ...(start.asksClient ? [{ coding: [{ system: SDOHCC, code: ASKED_ABOUT }] }] : []),
    ],
    code: { text: 'Food' },
    subject: { reference: patient },
    requester: { reference: `Organization/${ids(start.sender)}` },
  };
}

/** The Task by which it asks for that. */
export function taskOf(start: Start, request: string, patient: string, ids: Ids, now: Date): Task {
  const end = start.endsIn === null ? undefined : new Date(now.getTime() + start.endsIn * HOUR_MS).toISOString();
  return {
    resourceType: 'Task',
    status: start.isDraft ? 'draft' : 'requested',
    intent: 'order',
    code: { coding: [{ system: 'http://hl7.org/fhir/CodeSystem/task-code', code: 'fulfill' }] },
    focus: { reference: request },
    for: { reference: patient },
    authoredOn: now.toISOString(),
    requester: { reference: `Organization/${ids(start.sender)}` },
    owner: { reference: `Organization/${ids(start.to)}` },
    priority: start.priority,
    ...(end ? { restriction: { period: { end } } } : {}),
  };
}
