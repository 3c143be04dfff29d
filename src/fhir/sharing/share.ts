import { insertInto, type RowWriter } from '../../db/row-writer.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';
import { isForEverybody } from './readers.ts';

/** Why a resource is shared: as what it belongs to a Task. */
export const SHARE_REASONS = [
  /** The Task itself, with who is asked. */
  'task',
  /** What is asked. */
  'request',
  /** For whom. */
  'client',
  /** Why it is asked. */
  'reason',
  /** What is sent along. */
  'supporting-information',
  /** The content of a document that is sent along. */
  'document',
  /** What came of it, with who asked. */
  'outcome',
  /** What was said about it, with who asked. */
  'message',
] as const;
export type ShareReason = (typeof SHARE_REASONS)[number];

/** One resource shared with one organization, for a Task. */
export interface Share {
  readonly type: string;
  readonly id: string;
  readonly organizationId: string;
  readonly reason: ShareReason;
  readonly loopId: string;
  readonly taskId: string;
}

interface ShareRow {
  type: string;
  resource_id: string;
  organization_id: string;
  reason: string;
  loop_id: string;
  task_id: string;
  granted_at: string;
}

const shareRows: RowWriter<ShareRow> = insertInto(
  'share',
  {
    type: 'text',
    resource_id: 'text',
    organization_id: 'text',
    reason: 'text',
    loop_id: 'text',
    task_id: 'text',
    granted_at: 'timestamptz',
  },
  'ON CONFLICT (type, resource_id, organization_id, reason, task_id) WHERE ended_at IS NULL DO NOTHING',
);

/**
 * Shares a resource, in the transaction that gives the reason for it. What everybody may read needs no share, and the
 * hub sees everything.
 */
export function share(unit: UnitOfWork, { type, id, organizationId, reason, loopId, taskId }: Share): void {
  if (isForEverybody(type) || organizationId === unit.hubOrg) return;
  unit.add(shareRows, {
    type,
    resource_id: id,
    organization_id: organizationId,
    reason,
    loop_id: loopId,
    task_id: taskId,
    granted_at: unit.now.toISOString(),
  });
  unit.grant({ type, id }, organizationId);
}
