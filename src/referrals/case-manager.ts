import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { AppError } from '../errors.ts';
import type { Caller } from '../fhir/caller.ts';
import { idOf } from '../fhir/references.ts';
import { type Store, transact } from '../fhir/store/transact.ts';
import type { Stored, UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { LOOP_MARK, lockLoop } from '../loops/store.ts';
import { isReferralTask, isTerminal, type OutcomeCode, type TaskStatus } from '../loops/words.ts';
import { legsOf, ownerId } from './ask-next.ts';
import { endReferral } from './end-referral.ts';
import { offerLeg } from './offer-leg.ts';
import { type ReferralDeps, recordSteps, type StoredTask } from './task-changes.ts';

interface Context {
  readonly store: Store;
  readonly referrals: ReferralDeps;
  readonly caller: Caller;
}

/** A case manager asks one more organization. @throws AppError when the loop has ended, or the organization is unknown or being asked */
export async function offerByHand(
  context: Context,
  loopId: string,
  organizationId: string,
): Promise<{ taskId: string }> {
  return transact(context.store, context.caller, async (unit) => {
    const root = await openRoot(unit, loopId);
    requireOfferable(root, context.referrals);
    if (!(await unit.find('Organization', organizationId)))
      throw refused('referral.unknown-receiver', `There is no Organization/${organizationId} here.`, 'organizationId');
    const legs = await legsOf(unit, loopId);
    const asked = legs.some((leg) => ownerId(leg) === organizationId && !isTerminal(leg.status));
    if (asked) throw refused('referral.being-asked', 'This organization is being asked already.', 'organizationId');
    const leg = await offerLeg(unit, context.referrals, root, await requestOf(unit, root), organizationId);
    return { taskId: leg.id };
  });
}

/** Only what was sent, and what the hub itself is to place, can be offered on. */
function requireOfferable(root: StoredTask, deps: ReferralDeps): void {
  if (root.status === 'draft')
    throw refused(
      'referral.draft',
      'This referral is a draft. Its sender must send it first (status requested).',
      'id',
    );
  if (ownerId(root) === deps.hubOrg) return;
  throw refused(
    'referral.direct',
    'Its sender addressed this referral to one organization. Close it, and send a new one to the hub.',
    'id',
  );
}

/**
 * A case manager says how it ended. While the referral is open this ends it and tells everybody concerned; when it has
 * ended and the sender cannot be told, it records why, and closes the loop.
 */
export async function closeByHand(context: Context, loopId: string, outcome: OutcomeCode, text: string): Promise<void> {
  await transact(context.store, context.caller, async (unit) => {
    const root = await lockRoot(unit, loopId);
    if (isTerminal(root.status)) await waiveClosing(unit, root, text);
    else await endReferral(unit, context.referrals, root, outcome, text);
  });
}

/** The closing message will not be acknowledged, and a person says why that cannot be helped. */
async function waiveClosing(unit: UnitOfWork, root: StoredTask, text: string): Promise<void> {
  const waived = await unit.tx.query<{ id: string }>(
    `UPDATE delivery SET status = 'withdrawn', settled_at = $2, next_at = NULL
     WHERE loop_id = $1 AND kind = 'closing' AND status IN ('pending', 'rejected', 'dead') RETURNING id`,
    [root.id, unit.now],
  );
  if (waived.length === 0)
    throw refused('loops.closed', 'This loop is closed, or its closing message is on its way at this moment.', 'id');
  await unit.tx.query('DELETE FROM outbox WHERE subject_id = ANY($1::uuid[])', [waived.map(({ id }) => id)]);
  const status = root.status as TaskStatus;
  recordSteps(unit, root.id, { ...root, statusReason: { text } }, [{ from: status, to: status, implied: false }]);
  unit.mark(LOOP_MARK, root.id);
}

async function openRoot(unit: UnitOfWork, loopId: string): Promise<StoredTask> {
  const root = await lockRoot(unit, loopId);
  if (!isTerminal(root.status)) return root;
  throw refused('loops.ended', 'This referral has ended. Send a new one that replaces it.', 'id');
}

async function lockRoot(unit: UnitOfWork, loopId: string): Promise<StoredTask> {
  await lockLoop(unit, loopId);
  const root = await unit.lock<Task>('Task', loopId);
  if (root && isReferralTask(root) && !root.partOf?.length) return root;
  throw new AppError('notFound', 'loops.not-found', 'There is no such loop.');
}

async function requestOf(unit: UnitOfWork, root: StoredTask): Promise<Stored<ServiceRequest>> {
  const request = await unit.find<ServiceRequest>('ServiceRequest', idOf('ServiceRequest', root.focus) ?? '');
  if (request) return request;
  throw refused('referral.no-request', 'The ServiceRequest of this referral was deleted.', 'id');
}

function refused(code: string, text: string, expression: string): AppError {
  return new AppError('unprocessable', code, text, { issues: [{ text, expression }] });
}
