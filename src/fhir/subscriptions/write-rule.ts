import type { Subscription } from '@medplum/fhirtypes';
import { AppError, type Issue } from '../../errors.ts';
import type { WriteRule } from '../store/transact.ts';
import type { Stored, UnitOfWork } from '../store/unit-of-work.ts';
import { bumpEpoch, lockSubscription, type SubscriptionRow } from './rows.ts';
import { filtersIn } from './terms/extensions.ts';
import { nextState } from './terms/life-cycle.ts';
import { readTerms, type SubscriptionSettings, type Terms } from './terms/terms.ts';
import { forget, newRound, setTimer, shakeHands } from './turns.ts';

type StoredSubscription = Stored<Subscription>;

/**
 * What must hold for Subscriptions: the hub accepts what it can do and says what it cannot; it alone makes one active,
 * and says that one has failed.
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/workflow.html
 */
export function subscriptionRule(settings: SubscriptionSettings): WriteRule {
  return {
    types: ['Subscription'],
    check: async ({ before, after }, unit) =>
      accept(settings, before as StoredSubscription | undefined, after as StoredSubscription, unit.now),
    settle: async ({ id, before, after }, unit) => {
      if (after) await follow(settings, unit, after as StoredSubscription, before === undefined);
      else await forget(unit, id);
    },
  };
}

function accept(
  settings: SubscriptionSettings,
  before: StoredSubscription | undefined,
  after: StoredSubscription,
  now: Date,
): StoredSubscription {
  const { error: _error, ...asked } = after;
  const status = nextState(before, after);
  if (!status) throw refused(after, [{ text: NOT_YOURS, expression: 'Subscription.status' }]);
  // Whoever wants no more notifications need not mend what else is wrong.
  if (status === 'off' && before) return { ...asked, status };
  const read = readTerms(after, settings);
  if ('issues' in read) throw refused(after, read.issues);
  if (after.end && Date.parse(after.end) <= now.getTime())
    throw refused(after, [{ text: OVER, expression: 'Subscription.end' }]);
  return { ...asked, status, ...(status === 'error' && before?.error ? { error: before.error } : {}) };
}

const NOT_YOURS =
  'The hub itself says whether a Subscription has failed. Set the status to requested to have it tried (again), or to off.';
const OVER = 'The end of this Subscription is over. Give a later one, or none.';

function refused(subscription: StoredSubscription, issues: readonly Issue[]): AppError {
  return new AppError('unprocessable', 'subscription.not-supported', 'The hub cannot do what this Subscription asks.', {
    issues,
    subject: { type: 'Subscription', id: subscription.id },
  });
}

async function follow(
  settings: SubscriptionSettings,
  unit: UnitOfWork,
  after: StoredSubscription,
  isNew: boolean,
): Promise<void> {
  const read = readTerms(after, settings);
  const terms = 'terms' in read ? read.terms : undefined;
  if (isNew) await insert(unit, after.id);
  const current = await lockSubscription(unit.tx, after.id);
  if (!current) return;
  const status = after.status as SubscriptionRow['status'];
  const { clientId, organizationId } = unit.caller;
  const said = [after.id, status, after.criteria, filtersIn(after), ...timesOf(terms)];
  await unit.tx.query(UPDATE_SQL, [...said, clientId ?? null, organizationId]);
  const anew = status === 'requested' || status === 'off';
  const row = anew && !isNew ? await newRound(unit, current) : current;
  await setTimer(unit, { ...row, status, ...pulseOf(terms) });
  if (status === 'requested') shakeHands(unit, row);
  await bumpEpoch(unit.tx);
}

async function insert(unit: UnitOfWork, id: string): Promise<void> {
  await unit.tx.query(
    `INSERT INTO subscription (id, timer, owner_org, status, topic) VALUES ($1, $2, $3, 'requested', '')`,
    [id, unit.newId(), unit.caller.organizationId],
  );
}

const UPDATE_SQL = `
  UPDATE subscription SET status = $2, topic = $3, filters = $4::text[], heartbeat_seconds = $5, ends_at = $6, client_id = CASE WHEN owner_org = $8 THEN coalesce($7, client_id) ELSE client_id END,
    error_code = CASE $2 WHEN 'error' THEN error_code END, failed_at = CASE $2 WHEN 'error' THEN failed_at END
  WHERE id = $1`;

function timesOf(terms: Terms | undefined): [number | null, string | null] {
  return [terms?.heartbeatSeconds ?? null, terms?.endsAt ?? null];
}

function pulseOf(terms: Terms | undefined): Pick<SubscriptionRow, 'heartbeatSeconds' | 'endsAt'> {
  const [heartbeatSeconds, end] = timesOf(terms);
  return { heartbeatSeconds, endsAt: end === null ? null : new Date(end) };
}
