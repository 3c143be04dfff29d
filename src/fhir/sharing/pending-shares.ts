import type { UnitOfWork } from '../store/unit-of-work.ts';
import type { EndOfShares, PendingShare } from './shared.ts';

const pending = new WeakMap<UnitOfWork, PendingShare[]>();

export function addPending(unit: UnitOfWork, share: PendingShare): void {
  pending.set(unit, [...(pending.get(unit) ?? []), share]);
}

/** Those of a transaction that are not decided yet; they count as dealt with. */
export function takePending(unit: UnitOfWork): readonly PendingShare[] {
  const taken = pending.get(unit) ?? [];
  pending.delete(unit);
  return taken;
}

/** What a transaction shares and ends again is not shared at all, or only for so long. */
export function endPending(unit: UnitOfWork, { taskId, organizationId, keeps, at }: EndOfShares): void {
  const left = takePending(unit).flatMap((share) => {
    const ends = share.taskId === taskId && share.organizationId === organizationId && !keeps.includes(share.reason);
    if (!ends) return [share];
    return at ? [{ ...share, endsAt: at }] : [];
  });
  pending.set(unit, left);
}
