import { insertInto, type RowWriter } from '../../db/row-writer.ts';
import type { UnitOfWork } from '../store/unit-of-work.ts';
import { addPending } from './pending-shares.ts';
import { isForEverybody } from './readers.ts';
import type { PendingShare, Ruling, Share } from './shared.ts';
import type { Shown } from './subsetted.ts';

interface ShareRow {
  type: string;
  resource_id: string;
  organization_id: string;
  reason: string;
  loop_id: string;
  task_id: string;
  granted_at: string;
  ends_at: string | null;
  client: string | null;
  withheld: string | null;
  withheld_at: string | null;
  decide_again_at: string | null;
  consents: readonly string[];
  shown: Shown | null;
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
    ends_at: 'timestamptz',
    client: 'text',
    withheld: 'text',
    withheld_at: 'timestamptz',
    decide_again_at: 'timestamptz',
    consents: 'text[]',
    shown: 'text[]',
  },
  'ON CONFLICT (type, resource_id, organization_id, reason, task_id) WHERE ended_at IS NULL DO NOTHING',
);

/**
 * Shares a resource, in the transaction that gives the reason for it; whether a consent stands against it is decided at
 * the end of it. What everybody may read needs no share, and the hub sees everything.
 */
export function share(unit: UnitOfWork, shared: Share): void {
  if (isForEverybody(shared.type) || shared.organizationId === unit.hubOrg) return;
  addPending(unit, shared);
}

/** Writes a share that was decided. */
export function writeShare(unit: UnitOfWork, shared: PendingShare, ruling: Ruling): void {
  const { type, id, organizationId, reason, loopId, taskId, client, endsAt, shown } = shared;
  unit.add(shareRows, {
    type,
    resource_id: id,
    organization_id: organizationId,
    reason,
    loop_id: loopId,
    task_id: taskId,
    granted_at: unit.now.toISOString(),
    ends_at: endsAt?.toISOString() ?? null,
    client: client ?? null,
    withheld: ruling.withheld ?? null,
    withheld_at: ruling.withheld ? unit.now.toISOString() : null,
    decide_again_at: ruling.until?.toISOString() ?? null,
    consents: ruling.consents,
    shown: shown ?? null,
  });
  if (!ruling.withheld) unit.grant({ type, id }, organizationId, ruling.until, shown);
}
