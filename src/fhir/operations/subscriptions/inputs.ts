import type { Subscription } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { read } from '../../rest/interactions/read.ts';
import { requireSubscribable } from '../../scopes/subscribable.ts';
import { tryDateRange } from '../../search/date-range.ts';
import type { Store } from '../../store/transact.ts';
import { readTerms, type SubscriptionSettings, type Terms } from '../../subscriptions/terms/terms.ts';
import { simpleTexts } from '../inputs.ts';
import { inputsOf, type OperationCall } from '../operation.ts';

/** The values of an input, as texts; a comma separates several. */
export function textsOf(call: OperationCall, name: string): string[] {
  return simpleTexts(inputsOf(call), name)
    .flatMap((value) => value.split(','))
    .map((value) => value.trim());
}

/**
 * An input that is the number of an event.
 * @throws AppError (400) when it is none
 */
export function numberOf(call: OperationCall, name: string): number | undefined {
  const [text] = textsOf(call, name);
  if (text === undefined) return undefined;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw notUsable(name, 'a whole number, 0 or more');
}

/**
 * An input that is a moment.
 * @throws AppError (400) when it is none
 */
export function instantOf(call: OperationCall, name: string): Date | undefined {
  const [text] = textsOf(call, name);
  if (text === undefined) return undefined;
  // Without an offset from UTC it names no moment.
  const at = /T.*(Z|[+-]\d{2}:\d{2})$/.test(text) ? tryDateRange(text)?.startsAt : undefined;
  if (at) return at;
  throw notUsable(name, 'an instant, as in 2026-03-02T09:00:00Z');
}

export function notUsable(name: string, what: string): AppError {
  const text = `${name} is ${what}.`;
  return new AppError('invalid', 'operation.input', text, { issues: [{ text, expression: name }] });
}

/**
 * The Subscription an operation is called on, and what it asks for.
 * @throws AppError (404, 410) when there is none the caller may see, (422) when the hub does not do (any more) what it asks
 */
export async function termsAt(store: Store, settings: SubscriptionSettings, call: OperationCall): Promise<Terms> {
  const subscription = (await read(store.db, call.caller, 'Subscription', call.id ?? '')) as Subscription;
  requireSubscribable(call.caller, { ...subscription, status: 'active' });
  const found = readTerms(subscription, settings);
  if ('terms' in found) return found.terms;
  const text = 'The hub does not do what this Subscription asks.';
  throw new AppError('unprocessable', 'subscription.not-supported', text, { issues: found.issues });
}
