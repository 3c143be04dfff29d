import { transact } from '../../fhir/store/transact.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { LOOP_MARK } from '../../loops/projection/store.ts';
import { isTerminal, type SaidOutcome, type TaskStatus } from '../../loops/words.ts';
import { settleAsking } from '../confirmation/end.ts';
import { endReferral, stateOutcome } from '../end-referral.ts';
import { recordSteps, type StoredTask } from '../task-changes.ts';
import { endedUntold } from '../updates/tell-sender.ts';
import { type Context, lockRoot, refused } from './open-loop.ts';

/**
 * A case manager says how it ended. While the referral is open this ends it and tells everybody concerned; when its owner
 * has completed it and never says what was done, the sender is told this. When it has ended and the sender cannot be told,
 * it records why; likewise of a client that has not answered, or has said that something remains, what becomes of that.
 * With nothing left to wait for, the loop is closed.
 */
export async function closeByHand(context: Context, loopId: string, said: SaidOutcome): Promise<void> {
  await transact(context.store, context.caller, async (unit) => {
    const root = await lockRoot(unit, loopId);
    if (!isTerminal(root.status)) await endReferral(unit, context.referrals, root, said);
    else if (endedUntold(root)) await stateOutcome(unit, root, said);
    else await waiveClosing(unit, root, said.text);
  });
}

/** The last closing message will not be acknowledged, and a person says why that cannot be helped. */
async function waiveClosing(unit: UnitOfWork, root: StoredTask, text: string): Promise<void> {
  const waived = await unit.tx.query<{ id: string }>(
    `UPDATE delivery SET status = 'withdrawn', settled_at = $2, next_at = NULL
     WHERE loop_id = $1 AND kind = 'closing' AND status IN ('pending', 'rejected', 'dead') AND seq > (
       SELECT COALESCE(max(seq), 0) FROM delivery WHERE loop_id = $1 AND kind = 'closing' AND status IN ('delivered', 'withdrawn'))
     RETURNING id`,
    [root.id, unit.now],
  );
  const settled = await settleAsking(unit, root.id, text);
  if (waived.length === 0 && !settled)
    throw refused('loops.closed', 'This loop is closed, or its closing message is on its way at this moment.', 'id');
  if (waived.length === 0) return;
  await unit.tx.query('DELETE FROM outbox WHERE subject_id = ANY($1::uuid[])', [waived.map(({ id }) => id)]);
  const status = root.status as TaskStatus;
  recordSteps(unit, root.id, { ...root, statusReason: { text } }, [{ from: status, to: status, implied: false }]);
  unit.mark(LOOP_MARK, root.id);
}
