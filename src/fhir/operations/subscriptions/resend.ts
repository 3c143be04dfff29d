import type { OperationOutcome } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { notify } from '../../../outbox/messages.ts';
import { type Store, transact } from '../../store/transact.ts';
import type { UnitOfWork } from '../../store/unit-of-work.ts';
import { lockSubscription, type SubscriptionRow } from '../../subscriptions/rows.ts';
import type { SubscriptionSettings } from '../../subscriptions/terms/terms.ts';
import { requireServed } from '../inputs.ts';
import { inputsOf, type Operation, type OperationCall } from '../operation.ts';
import { instantOf, numberOf, termsAt } from './inputs.ts';

/** Most events that one call has sent again. */
const MOST = 1_000;

/**
 * `Subscription/[id]/$resend`: has events that were told already told again, after what waits to be told. It makes the hub
 * send, so it is called by POST only.
 * @see https://build.fhir.org/ig/HL7/fhir-subscription-backport-ig/OperationDefinition-backport-subscription-resend.html
 */
export function resendOperation(store: Store, settings: SubscriptionSettings): Operation {
  return {
    name: 'resend',
    definition: 'http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-resend',
    levels: ['instance'],
    types: ['Subscription'],
    affectsState: true,
    run: async (call) => {
      requireServed(inputsOf(call), [
        'eventsSinceNumber',
        'eventsUntilNumber',
        'eventsSinceInstant',
        'eventsUntilInstant',
      ]);
      const { maxCount } = await termsAt(store, settings, call);
      const numbers = await transact(store, call.caller, (unit) => resend(unit, call, maxCount));
      return { status: 200, resource: outcomeOf(numbers) };
    },
  };
}

async function resend(unit: UnitOfWork, call: OperationCall, maxCount: number): Promise<readonly number[]> {
  const row = await lockSubscription(unit.tx, call.id ?? '');
  if (row?.status !== 'active') throw notActive();
  const numbers = await toldNumbers(unit, row, call);
  for (let at = 0; at < numbers.length; at += maxCount) {
    const events = { from: numbers[at] ?? 0, to: numbers[Math.min(at + maxCount, numbers.length) - 1] ?? 0 };
    notify(unit, { kind: 'resend', subscriptionId: row.id, recipientOrg: row.ownerOrg, round: row.round, events });
  }
  return numbers;
}

/** What was asked for, as far as it was told and is still kept. */
async function toldNumbers(unit: UnitOfWork, row: SubscriptionRow, call: OperationCall): Promise<number[]> {
  const rows = await unit.tx.query<{ number: number }>(
    `SELECT number::float8 AS number FROM subscription_event
     WHERE subscription_id = $1 AND number BETWEEN $2 AND $3
       AND ($4::timestamptz IS NULL OR occurred_at >= $4) AND ($5::timestamptz IS NULL OR occurred_at <= $5)
     ORDER BY number LIMIT ${MOST}`,
    [
      row.id,
      numberOf(call, 'eventsSinceNumber') ?? 0,
      Math.min(numberOf(call, 'eventsUntilNumber') ?? row.deliveredThrough, row.deliveredThrough),
      instantOf(call, 'eventsSinceInstant') ?? null,
      instantOf(call, 'eventsUntilInstant') ?? null,
    ],
  );
  return rows.map(({ number }) => number);
}

function notActive(): AppError {
  const text = 'Only an active Subscription is told anything. Update it with the status requested first.';
  return new AppError('unprocessable', 'subscription.not-active', text, {
    issues: [{ text, expression: 'Subscription.status' }],
  });
}

function outcomeOf(numbers: readonly number[]): OperationOutcome {
  const [first, last] = [numbers[0], numbers.at(-1)];
  const text =
    first === undefined
      ? 'None of these events was told before, so none is sent again.'
      : `Events ${first} to ${last} are sent again.`;
  return {
    resourceType: 'OperationOutcome',
    issue: [{ severity: 'information', code: 'informational', details: { text } }],
  };
}
