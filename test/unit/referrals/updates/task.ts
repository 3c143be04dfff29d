import type { Task } from '@medplum/fhirtypes';
import { FULFILL } from '../../../../src/loops/words.ts';

export type StoredTask = Task & { id: string };

export const task: StoredTask = {
  resourceType: 'Task',
  id: 't',
  identifier: [{ value: '1' }],
  status: 'accepted',
  statusReason: { text: 'Gladly' },
  businessStatus: { text: 'seen' },
  intent: 'order',
  code: FULFILL,
  focus: { reference: 'ServiceRequest/1' },
  for: { reference: 'Patient/1' },
  requester: { reference: 'Organization/hospital' },
  owner: { reference: 'Organization/agency' },
  authoredOn: '2026-03-02',
  description: 'Food, please',
  output: [{ type: { text: 'first' }, valueString: 'One box' }],
  note: [{ text: 'A note' }],
};

export const with_ = (fields: Partial<Task>): StoredTask => ({ ...task, ...fields });
export const without = (...names: (keyof Task)[]): StoredTask =>
  Object.fromEntries(
    Object.entries(task).filter(([name]) => !names.includes(name as keyof Task)),
  ) as unknown as StoredTask;
