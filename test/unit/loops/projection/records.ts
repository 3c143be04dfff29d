import type { Task } from '@medplum/fhirtypes';
import { weekdaysIn } from '../../../../src/calendars/calendar.ts';
import type { LoopPolicy, Priority } from '../../../../src/loops/policy/policy.ts';
import type {
  DeliveryRecord,
  LoopRecords,
  LoopTerms,
  TransitionRecord,
} from '../../../../src/loops/projection/records.ts';
import { FULFILL, type TaskStatus } from '../../../../src/loops/words.ts';
import { loadPolicies } from '../../../../src/policies/load.ts';

/** Monday to Friday, day and night. */
export const HUB_CALENDAR = weekdaysIn('UTC');

/** What this hub ships. */
export const TERMS: LoopTerms = { policies: loadPolicies(undefined, HUB_CALENDAR), hubCalendar: HUB_CALENDAR };

/** What applies to a referral of no programme and no category. */
export const shipped = (priority: Priority = 'routine'): LoopPolicy =>
  TERMS.policies.of({ instantiates: [], categories: [], priority });

/** What loops are made of: each a default, and what a test says of it. */

export const task = (id: string, fields: Partial<Task> = {}): Task & { id: string } => ({
  resourceType: 'Task',
  id,
  status: 'requested',
  intent: 'order',
  code: FULFILL,
  owner: { reference: 'Organization/hub' },
  for: { reference: 'Patient/p' },
  ...fields,
});
export const leg = (id: string, owner: string, status: TaskStatus = 'requested'): Task & { id: string } =>
  task(id, { status, owner: { reference: `Organization/${owner}` }, partOf: [{ reference: 'Task/root' }] });
export const step = (
  taskId: string,
  from: TaskStatus | null,
  to: TaskStatus,
  recordedAt: string,
): TransitionRecord => ({
  taskId,
  from,
  to,
  by: null,
  recordedAt,
});
export const delivery = (fields: Partial<DeliveryRecord>): DeliveryRecord => ({
  kind: 'offer',
  taskId: 'leg',
  status: 'pending',
  recipientOrg: 'agency',
  awaitsReader: false,
  awaitsConsent: false,
  settledAt: null,
  readAt: null,
  ...fields,
});
export const records = (fields: Partial<LoopRecords> = {}): LoopRecords => ({
  root: task('root'),
  legs: [],
  request: {
    resourceType: 'ServiceRequest',
    id: 'sr',
    status: 'active',
    intent: 'order',
    subject: { reference: 'Patient/p' },
  },
  senderOrg: 'hospital',
  hubOrg: 'hub',
  transitions: [step('root', null, 'requested', '2026-03-02T09:00:00.000Z')],
  deliveries: [],
  withheld: [],
  untaken: [],
  appointments: [],
  firings: [],
  questions: [],
  restricted: false,
  calendars: {},
  confirmation: null,
  policy: null,
  ...fields,
});
