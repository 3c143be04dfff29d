import type { Endpoint } from '@medplum/fhirtypes';
import type { Outgoing, SendContext, SendOutcome } from '../channels/channel.ts';
import { channelFor } from '../channels/index.ts';
import { endpointOf, type PartnerEndpoint } from '../directory/directory.ts';
import type { Caller } from '../fhir/caller.ts';
import { type Store, transact } from '../fhir/store/transact.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { LOOP_MARK, lockLoop } from '../loops/store.ts';
import { finish, postpone } from '../outbox/outbox.ts';
import { mayStart, settlementOf } from './delivery.ts';
import {
  beginAttempt,
  type DeliveryRow,
  finishAttempt,
  loadMessage,
  lockDelivery,
  waitInLane,
  wakeLane,
  wakeNext,
} from './store.ts';

export interface DeliverDeps {
  readonly store: Store;
  readonly hubOrg: string;
  readonly hubBase: string;
  readonly timeoutMs: number;
  readonly laneLimit: number;
  readonly schedule: readonly number[];
  /** A number from 0 to 1, for the spread of retries. */
  readonly chance: () => number;
}

/** How long a worker may hold a delivery: one question and one message, each up to the timeout, and some room. */
export function leaseMs(timeoutMs: number): number {
  return 2 * timeoutMs + 5_000;
}

// Both are woken when what they wait for is done; these are only for a wake-up that was missed.
const LANE_FULL_MS = 5_000;
const OVERTAKES_MS = 60_000;

/**
 * Sends one message to one organization: take it, say it, note how it went. Whatever is interrupted where: it is never
 * lost, never said out of order, and never said again before asking whether it arrived.
 */
export async function deliver(deps: DeliverDeps, deliveryId: string): Promise<'settled' | 'later'> {
  const taken = await take(deps, deliveryId);
  if (typeof taken === 'string') return taken;
  const outcome = await say(deps, taken);
  return settle(deps, taken, outcome);
}

interface Taken {
  readonly row: DeliveryRow;
  readonly attempt: number;
  readonly message: Outgoing;
  readonly endpoint: PartnerEndpoint | undefined;
  /** An earlier attempt may have arrived. */
  readonly doubtful: boolean;
}

async function take(deps: DeliverDeps, deliveryId: string): Promise<Taken | 'settled' | 'later'> {
  return deps.store.db.transaction(async (tx) => {
    const now = deps.store.now();
    const row = await lockDelivery(tx, deliveryId, now);
    if (!row) return 'later';
    const start = mayStart(row, deps.laneLimit, now);
    switch (start) {
      case 'settled':
        await finish(tx, deliveryId);
        return 'settled';
      case 'taken':
        return 'later';
      case 'overtakes':
        await postpone(tx, deliveryId, new Date(now.getTime() + OVERTAKES_MS));
        return 'later';
      case 'lane-full':
        await waitInLane(tx, deliveryId);
        await postpone(tx, deliveryId, new Date(now.getTime() + LANE_FULL_MS));
        return 'later';
      case 'go':
      case 'resume': {
        const task = await loadMessage(tx, row);
        const endpoint = await endpointOf(tx, row.recipientOrg);
        const attempt = await beginAttempt(tx, row, {
          now,
          leaseUntil: new Date(now.getTime() + leaseMs(deps.timeoutMs)),
          endpointId: endpoint?.id,
          lost: start === 'resume',
        });
        const message: Outgoing = { deliveryId, kind: row.kind, loopId: row.loopId, task };
        return { row, attempt, message, endpoint, doubtful: start === 'resume' || row.lastOutcome === 'unknown' };
      }
    }
  });
}

async function say(deps: DeliverDeps, taken: Taken): Promise<SendOutcome> {
  const { message, endpoint } = taken;
  const paused = endpoint && endpoint.status !== 'active';
  if (paused) return { kind: 'wait', code: 'endpoint-paused', until: new Date(deps.store.now().getTime() + 300_000) };
  const channel = channelFor(endpoint);
  if (taken.doubtful) {
    const answer = await channel.ask(message, endpoint, context(deps));
    if (answer) return answer;
  }
  return channel.send(message, endpoint, context(deps));
}

function context(deps: DeliverDeps): SendContext {
  return { signal: AbortSignal.timeout(deps.timeoutMs), now: deps.store.now(), hubBase: deps.hubBase };
}

async function settle(deps: DeliverDeps, taken: Taken, outcome: SendOutcome): Promise<'settled' | 'later'> {
  const { row, attempt } = taken;
  return transact(deps.store, hubCaller(deps), async (unit) => {
    await lockLoop(unit, row.loopId);
    const settlement = settlementOf(outcome, attempt - row.scheduleFrom, deps.schedule, unit.now, deps.chance());
    const ours = await finishAttempt(unit.tx, row.id, attempt, outcome, settlement, unit.now);
    if (!ours) return 'later';
    unit.mark(LOOP_MARK, row.loopId);
    await wakeLane(unit.tx, row.recipientOrg, unit.now);
    if (outcome.kind === 'rejected' && outcome.endpoint) await pauseEndpoint(unit, taken.endpoint, outcome.endpoint);
    if (settlement.nextAt) {
      await postpone(unit.tx, row.id, settlement.nextAt);
      return 'later';
    }
    await finish(unit.tx, row.id);
    await wakeNext(unit.tx, row, unit.now);
    return 'settled';
  });
}

/** A partner that does not let the hub in any more, or says it is gone, is not knocked at until a person has looked. */
async function pauseEndpoint(
  unit: UnitOfWork,
  endpoint: PartnerEndpoint | undefined,
  status: 'suspended' | 'off',
): Promise<void> {
  const current = endpoint ? await unit.lock<Endpoint>('Endpoint', endpoint.id) : undefined;
  if (current) await unit.put<Endpoint>({ ...current, status }, { byHub: true });
}

function hubCaller(deps: DeliverDeps): Caller {
  return { kind: 'hub', organizationId: deps.hubOrg };
}
