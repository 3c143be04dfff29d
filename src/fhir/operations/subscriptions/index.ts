import type { Store } from '../../store/transact.ts';
import type { SubscriptionSettings } from '../../subscriptions/terms/terms.ts';
import type { Operation } from '../operation.ts';
import { eventsOperation } from './events.ts';
import { resendOperation } from './resend.ts';
import { statusOperation } from './status.ts';

/** What can be asked about subscriptions. @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/artifacts.html */
export function subscriptionOperations(store: Store, settings: SubscriptionSettings): Operation[] {
  return [statusOperation(store), eventsOperation(store, settings), resendOperation(store, settings)];
}
