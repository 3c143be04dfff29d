import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { AppError } from '../../errors.ts';
import type { Caller } from '../../fhir/caller.ts';
import { idOf } from '../../fhir/references.ts';
import type { Store } from '../../fhir/store/transact.ts';
import type { Stored, UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { lockLoop } from '../../loops/projection/store.ts';
import { isReferralTask, isTerminal, wantsCancel } from '../../loops/words.ts';
import { ownerId } from '../ask-next.ts';
import type { ReferralDeps, StoredTask } from '../task-changes.ts';

/** Who does something with a loop by hand, and where. */
export interface Context {
  readonly store: Store;
  readonly referrals: ReferralDeps;
  readonly caller: Caller;
}

/**
 * Takes a loop that the hub places, that goes on, and that its sender still wants: nobody new works on what is to stop.
 * @throws AppError when it has ended, is asked to stop, or was addressed to one organization by its sender
 * @see https://build.fhir.org/ig/HL7/fhir-cow-ig/cancelling-and-modifying-requests.html
 */
export async function openRoot(unit: UnitOfWork, deps: ReferralDeps, loopId: string): Promise<StoredTask> {
  const root = await lockRoot(unit, loopId);
  if (isTerminal(root.status))
    throw refused('loops.ended', 'This referral has ended. Send a new one that replaces it.', 'id');
  if (ownerId(root) !== deps.hubOrg)
    throw refused(
      'referral.direct',
      'Its sender addressed this referral to one organization. Close it, and send a new one to the hub.',
      'id',
    );
  if (wantsCancel(root))
    throw refused(
      'referral.stop-asked',
      'Its sender has asked to stop this referral, and has no answer yet. Wait until who works on it answers, or reject the request (the Task with code abort) and say why: then others can be asked.',
      'id',
    );
  return root;
}

/** Takes a loop, whatever its state. @throws AppError when there is none (404), or its referral is a draft */
export async function lockRoot(unit: UnitOfWork, loopId: string): Promise<StoredTask> {
  const isSent = await lockLoop(unit, loopId);
  const root = await unit.lock<Task>('Task', loopId);
  if (root && isReferralTask(root) && root.status === 'draft')
    throw refused(
      'referral.draft',
      'This referral is a draft. Its sender must send it first (status requested).',
      'id',
    );
  // What was withdrawn as a draft has none, either.
  return requireLoop(isSent ? root : undefined);
}

/** The Task of a loop. @throws AppError (404) when it is none */
export function requireLoop(root: StoredTask | undefined): StoredTask {
  if (root && isReferralTask(root) && !root.partOf?.length) return root;
  throw new AppError('notFound', 'loops.not-found', 'There is no such loop.');
}

/** What is asked. @throws AppError when it was deleted */
export async function requestOf(unit: UnitOfWork, root: StoredTask): Promise<Stored<ServiceRequest>> {
  const request = await unit.find<ServiceRequest>('ServiceRequest', idOf('ServiceRequest', root.focus) ?? '');
  if (request) return request;
  throw refused('referral.no-request', 'The ServiceRequest of this referral was deleted.', 'id');
}

/** What cannot be done by hand, and what to do instead. */
export function refused(code: string, text: string, expression: string): AppError {
  return new AppError('unprocessable', code, text, { issues: [{ text, expression }] });
}
