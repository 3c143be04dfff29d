import type { SendOutcome } from '../../channels/channel.ts';
import { NOTIFICATION_CHANNELS } from '../../channels/index.ts';
import { presenting } from '../../channels/presenting/presenting.ts';
import type { UnitOfWork } from '../../fhir/store/unit-of-work.ts';
import { lockSubscription, type SubscriptionRow } from '../../fhir/subscriptions/rows.ts';
import { activate, fail } from '../../fhir/subscriptions/turns.ts';
import type { DeliverDeps } from '../deliver-deps.ts';
import { type Settlement, settlementOf } from '../delivery.ts';
import type { Errand, Prepare } from '../errand.ts';
import type { DeliveryRow, NoticeMessage } from '../store.ts';
import { errorCodeOf, reasonOf } from './failure.ts';
import { composeNotice, type Notice } from './notice.ts';

/**
 * Something a subscriber is told. A handshake and a heartbeat are said once: whether they arrive is what they find out.
 * Events are said until they arrive, or the schedule ends and with it the subscription.
 */
export function noticeErrand(deps: DeliverDeps, about: NoticeMessage): Prepare {
  return async (tx, row, now) => {
    const notice = await composeNotice(tx, { deps, delivery: row, about, now });
    return notice && errandOf(deps, row, about, notice);
  };
}

function errandOf(deps: DeliverDeps, row: DeliveryRow, about: NoticeMessage, notice: Notice): Errand {
  let current: SubscriptionRow | undefined;
  const isCurrent = (): boolean => current?.round === about.round;
  return {
    endpointId: undefined,
    discloses: disclosedBy(notice, about),
    say: () => say(deps, notice),
    weigh: async (unit, outcome, attempt) => {
      current = await lock(unit, row, about, outcome);
      if (!isCurrent() && outcome.kind !== 'delivered') return { status: 'withdrawn', nextAt: undefined };
      const schedule = about.kind === 'notification' || about.kind === 'resend' ? deps.schedule : [];
      return settlementOf(outcome, attempt, schedule, unit.now, deps.chance());
    },
    follow: async (unit, outcome, settlement) => {
      if (!current) return;
      if (outcome.kind === 'delivered') await noteArrival(unit, current, about.kind, notice.through);
      if (!isCurrent()) return;
      if (outcome.kind === 'delivered' && about.kind === 'handshake') await activate(unit, current);
      if (isFatal(about, settlement)) await fail(unit, current, errorCodeOf(outcome.code), reasonOf(outcome.code));
    },
  };
}

/** A handshake and a heartbeat say nothing of anybody. */
function disclosedBy(notice: Notice, { kind, subscriptionId }: NoticeMessage): Errand['discloses'] {
  if (!('bundle' in notice) || (kind !== 'notification' && kind !== 'resend')) return undefined;
  const about = { type: 'Subscription', id: subscriptionId };
  return { resource: notice.bundle, basis: `Subscription/${subscriptionId}`, about };
}

async function say(deps: DeliverDeps, notice: Notice): Promise<SendOutcome> {
  if (!('terms' in notice)) return CANNOT[notice.not];
  const timeoutMs = Math.min(notice.terms.timeoutMs ?? deps.timeoutMs, deps.timeoutMs);
  return NOTIFICATION_CHANNELS[notice.terms.channel](notice, {
    signal: AbortSignal.timeout(timeoutMs),
    timeoutMs,
    now: deps.store.now(),
    outbound: presenting(deps.outbound, notice.presented, deps.partnerTokens),
    mail: deps.mail,
  });
}

/** What is not opened waits until its key is given back. */
const CANNOT: Readonly<Record<'supported' | 'opened', SendOutcome>> = {
  supported: { kind: 'rejected', code: 'not-supported' },
  opened: { kind: 'retry', code: 'secret-not-opened' },
};

/** Always in this order: the delivery, the Subscription where it may change, its row. */
async function lock(
  unit: UnitOfWork,
  row: DeliveryRow,
  { kind, subscriptionId }: NoticeMessage,
  outcome: SendOutcome,
): Promise<SubscriptionRow | undefined> {
  await unit.tx.query('SELECT 1 FROM delivery WHERE id = $1 FOR UPDATE', [row.id]);
  if (kind === 'handshake' || outcome.kind !== 'delivered') await unit.lock('Subscription', subscriptionId);
  return lockSubscription(unit.tx, subscriptionId);
}

async function noteArrival(
  unit: UnitOfWork,
  row: SubscriptionRow,
  kind: NoticeMessage['kind'],
  through: number,
): Promise<void> {
  await unit.tx.query(
    `UPDATE subscription SET last_sent_at = $2, delivered_through = greatest(delivered_through, $3),
       batched_through = greatest(batched_through, $3) WHERE id = $1`,
    [row.id, unit.now, kind === 'notification' ? through : 0],
  );
}

/** A heartbeat that finds nobody is no event lost; one that is turned away shows that nothing would be taken. */
function isFatal({ kind }: NoticeMessage, { status }: Settlement): boolean {
  return status === 'rejected' || (status === 'dead' && kind !== 'heartbeat');
}
