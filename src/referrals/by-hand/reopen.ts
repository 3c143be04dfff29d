import type { ServiceRequest, Task } from '@medplum/fhirtypes';
import { transact } from '../../fhir/store/transact.ts';
import { BY_HUB, type Stored, type UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { isTerminal, SYSTEMS } from '../../loops/words.ts';
import { settleAsking } from '../confirmation/end.ts';
import { receiveReferral } from '../receive-referral.ts';
import type { StoredTask } from '../task-changes.ts';
import { tellSender } from '../updates/tell-sender.ts';
import { type Context, lockRoot, refused, requestOf } from './open-loop.ts';

/**
 * A case manager asks again for what has ended: a new loop of the same sender, whose request replaces the old one. The
 * old one stays as it ended.
 * @param because why, in words
 * @returns the id of the new loop
 * @throws AppError when the loop goes on, or was opened again already and that goes on
 */
export async function reopen(context: Context, loopId: string, because: string): Promise<string> {
  const { referrals } = context;
  return transact(context.store, context.caller, async (unit) => {
    const old = await lockRoot(unit, loopId);
    if (!isTerminal(old.status))
      throw refused('loops.goes-on', 'This referral goes on: there is nothing to open again.', 'id');
    await refuseTwice(unit, loopId);
    const request = await unit.create<ServiceRequest>(requestAgain(unit, await requestOf(unit, old)), BY_HUB);
    const task = await unit.create<Task>(taskAgain(unit, old, request.id), BY_HUB);
    // What the hub has made is found by whoever looks for it once it is written.
    await unit.flush();
    const root = await receiveReferral(unit, referrals, task, `Opens loop ${loopId} again: ${because}`);
    await settleAsking(unit, loopId, `Opened again: loop ${root.id}.`);
    tellSender(unit, root);
    return root.id;
  });
}

async function refuseTwice(unit: UnitOfWork, loopId: string): Promise<void> {
  const [open] = await unit.tx.query<{ id: string }>(
    `SELECT id FROM loop WHERE replaces = $1 AND state = 'open' ORDER BY id LIMIT 1`,
    [loopId],
  );
  if (open) throw refused('loops.opened-again', `It was opened again already: loop ${open.id} goes on.`, 'id');
}

function requestAgain(unit: UnitOfWork, old: Stored<ServiceRequest>): Stored<ServiceRequest> {
  const { meta: _meta, text: _text, identifier: _identifier, ...asked } = old;
  const id = unit.newId();
  return {
    ...asked,
    id,
    ...metaAgain(old),
    identifier: [{ system: SYSTEMS.request, value: id }],
    status: 'active',
    replaces: [{ reference: `ServiceRequest/${old.id}` }],
    authoredOn: unit.now.toISOString(),
  };
}

/** What it was labelled with, and what it claims to conform to. */
function metaAgain({ meta }: Pick<StoredTask, 'meta'>): Pick<StoredTask, 'meta'> {
  const { security, profile } = meta ?? {};
  if (!security && !profile) return {};
  return { meta: { ...(security ? { security } : {}), ...(profile ? { profile } : {}) } };
}

function taskAgain(unit: UnitOfWork, old: StoredTask, requestId: string): StoredTask {
  const id = unit.newId();
  const { resourceType, intent, code, description, priority, requester, owner, input, instantiatesCanonical } = old;
  return {
    resourceType,
    id,
    ...metaAgain(old),
    identifier: [{ system: SYSTEMS.task, value: id }],
    status: 'requested',
    intent,
    ...(code ? { code } : {}),
    ...(description ? { description } : {}),
    ...(priority ? { priority } : {}),
    ...(input ? { input } : {}),
    ...(instantiatesCanonical ? { instantiatesCanonical } : {}),
    focus: { reference: `ServiceRequest/${requestId}` },
    ...(old.for ? { for: old.for } : {}),
    authoredOn: unit.now.toISOString(),
    ...(requester ? { requester } : {}),
    ...(owner ? { owner } : {}),
  };
}
