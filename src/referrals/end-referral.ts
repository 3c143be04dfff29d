import type { Task } from '@medplum/fhirtypes';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import {
  asOutcome,
  isTerminal,
  type OutcomeCode,
  type SaidOutcome,
  SDOHCC_CODES,
  type TaskStatus,
} from '../loops/words.ts';
import { legsOf, ownerId } from './ask-next.ts';
import { putByHub, type ReferralDeps, recordSteps, type StoredTask, sameStatus, tellOwner } from './task-changes.ts';
import { tellSender } from './updates/tell-sender.ts';

/** Outcomes that mean the person got something. */
const PROVIDED: ReadonlySet<OutcomeCode> = new Set(['services-provided', 'partially-provided', 'enrolled-ongoing']);

/** Ends a referral that is open, with every leg of it, and tells everybody concerned how it ended. */
export async function endReferral(
  unit: UnitOfWork,
  deps: ReferralDeps,
  root: StoredTask,
  said: SaidOutcome,
): Promise<void> {
  const reason = asOutcome({ outcome: said.outcome, text: said.text });
  for (const leg of await legsOf(unit, root.id)) {
    if (isTerminal(leg.status)) continue;
    const stopped = await putByHub(unit, { ...leg, status: 'cancelled', statusReason: reason });
    recordSteps(unit, root.id, stopped, [{ from: leg.status as TaskStatus, to: 'cancelled', implied: false }]);
    tellOwner(unit, 'cancel', root.id, stopped, ownerId(leg));
  }
  const status = PROVIDED.has(said.outcome) ? 'completed' : 'failed';
  const { businessStatus: _businessStatus, ...kept } = root;
  const ended = await putByHub(unit, {
    ...kept,
    status,
    statusReason: asOutcome(said),
    ...(status === 'completed' ? { output: [...(root.output ?? []), statedOutput(said.text)] } : {}),
  });
  const from = root.status as TaskStatus;
  const first = from === 'requested' ? [{ from, to: 'accepted' as const, implied: true }] : [];
  recordSteps(unit, root.id, ended, [
    ...first,
    { from: from === 'requested' ? 'accepted' : from, to: status, implied: false },
  ]);
  if (ownerId(root) !== deps.hubOrg) tellOwner(unit, 'cancel', root.id, ended, ownerId(root));
  tellSender(unit, ended);
}

/** Says how a referral ended that its owner has completed without a word: its sender can be told. */
export async function stateOutcome(unit: UnitOfWork, root: StoredTask, said: SaidOutcome): Promise<void> {
  const stated = await putByHub(unit, { ...root, statusReason: asOutcome(said), output: [statedOutput(said.text)] });
  recordSteps(unit, root.id, stated, [sameStatus(stated)]);
  tellSender(unit, stated);
}

function statedOutput(text: string): NonNullable<Task['output']>[number] {
  return {
    type: { coding: [{ system: SDOHCC_CODES, code: 'resulting-activity', display: 'Resulting Activity' }] },
    valueCodeableConcept: { text },
  };
}
