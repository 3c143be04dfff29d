import type { SendOutcome } from '../channels/channel.ts';
import { ENDED_THERE } from '../channels/fhir-push.ts';
import { recordDisclosure } from '../fhir/audit/record/disclosures.ts';
import type { Caller } from '../fhir/caller.ts';
import { transact } from '../fhir/store/transact.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import { finish, postpone } from '../outbox/outbox.ts';
import type { DeliverDeps } from './deliver-deps.ts';
import { mayStart } from './delivery.ts';
import { type Errand, type Prepare, WAITS_FOR_CONSENT } from './errand.ts';
import { noticeErrand } from './notices/notice-errand.ts';
import {
  beginAttempt,
  type DeliveryRow,
  finishAttempt,
  lockDelivery,
  waitInLane,
  wakeLane,
  wakeNext,
  withdraw,
} from './store.ts';
import { taskErrand } from './task-errand.ts';
import { waitForConsent } from './wait-for-consent.ts';

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
  if (taken === WAITS_FOR_CONSENT) return waitForConsent(deps, deliveryId);
  if (typeof taken === 'string') return taken;
  const outcome = await taken.errand.say(taken.doubtful);
  return settle(deps, taken, outcome);
}

interface Taken {
  readonly row: DeliveryRow;
  readonly attempt: number;
  readonly errand: Errand;
  /** An earlier attempt may have arrived. */
  readonly doubtful: boolean;
}

async function take(
  deps: DeliverDeps,
  deliveryId: string,
): Promise<Taken | typeof WAITS_FOR_CONSENT | 'settled' | 'later'> {
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
        const errand = await prepare(deps, row)(tx, row, now);
        if (!errand) {
          await withdraw(tx, row, now);
          return 'settled';
        }
        if (errand === WAITS_FOR_CONSENT) return errand;
        const leaseUntil = new Date(now.getTime() + leaseMs(deps.timeoutMs));
        const lost = start === 'resume';
        const attempt = await beginAttempt(tx, row, { now, leaseUntil, endpointId: errand.endpointId, lost });
        return { row, attempt, errand, doubtful: lost || row.lastOutcome === 'unknown' };
      }
    }
  });
}

function prepare(deps: DeliverDeps, { about }: DeliveryRow): Prepare {
  return 'subscriptionId' in about ? noticeErrand(deps, about) : taskErrand(deps, about);
}

async function settle(deps: DeliverDeps, taken: Taken, outcome: SendOutcome): Promise<'settled' | 'later'> {
  const { row, attempt, errand } = taken;
  return transact(deps.store, hubCaller(deps), async (unit) => {
    const settlement = await errand.weigh(unit, outcome, attempt - row.scheduleFrom);
    const ours = await finishAttempt(unit.tx, row.id, attempt, outcome, settlement, unit.now);
    if (!ours) return 'later';
    noteDisclosure(unit, row.recipientOrg, errand, outcome);
    await errand.follow(unit, outcome, settlement);
    await wakeLane(unit.tx, row.recipientOrg, unit.now);
    if (settlement.nextAt) {
      await postpone(unit.tx, row.id, settlement.nextAt);
      return 'later';
    }
    await finish(unit.tx, row.id);
    await wakeNext(unit.tx, row, unit.now);
    return 'settled';
  });
}

/** What may have arrived is recorded too; not what need not be said. */
function noteDisclosure(unit: UnitOfWork, recipient: string, { discloses }: Errand, { kind, code }: SendOutcome): void {
  if (!discloses || code === ENDED_THERE || (kind !== 'delivered' && kind !== 'unknown')) return;
  recordDisclosure(unit, recipient, discloses, kind === 'delivered');
}

function hubCaller(deps: DeliverDeps): Caller {
  return { kind: 'hub', organizationId: deps.hubOrg };
}
