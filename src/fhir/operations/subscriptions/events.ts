import type { Bundle } from '@medplum/fhirtypes';
import type { Store } from '../../store/transact.ts';
import { loadEvents } from '../../subscriptions/events/load-events.ts';
import { notificationBundle } from '../../subscriptions/notification/bundle.ts';
import { readSubscription } from '../../subscriptions/rows.ts';
import { CONTENT_LEVELS, type ContentLevel, isContentLevel } from '../../subscriptions/terms/payload.ts';
import type { SubscriptionSettings } from '../../subscriptions/terms/terms.ts';
import { requireServed } from '../inputs.ts';
import { inputsOf, type Operation, type OperationCall } from '../operation.ts';
import { notUsable, numberOf, termsAt, textsOf } from './inputs.ts';

/** Most events of one answer: who wants more asks on from the number after the last. */
const MOST = 1_000;

/**
 * `Subscription/[id]/$events`: what happened, also what was told already, as the caller may see it now.
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-events.html
 */
export function eventsOperation(store: Store, settings: SubscriptionSettings): Operation {
  return {
    name: 'events',
    definition: 'http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-events',
    levels: ['instance'],
    types: ['Subscription'],
    affectsState: false,
    run: async (call) => ({ status: 200, resource: await events(store, settings, call) }),
  };
}

async function events(store: Store, settings: SubscriptionSettings, call: OperationCall): Promise<Bundle> {
  requireServed(inputsOf(call), ['eventsSinceNumber', 'eventsUntilNumber', 'content']);
  const terms = await termsAt(store, settings, call);
  const content = contentOf(call) ?? terms.content;
  const from = numberOf(call, 'eventsSinceNumber') ?? 0;
  const to = numberOf(call, 'eventsUntilNumber') ?? Number.MAX_SAFE_INTEGER;
  const row = await readSubscription(store.db, call.id ?? '');
  const range = { from, to, limit: MOST };
  const found = await loadEvents(store.db, call.caller, row.id, range, content === 'full-resource');
  const [id, bundleId] = [store.newId(), store.newId()];
  const said = {
    type: 'query-event',
    row,
    topic: terms.topic.url,
    content,
    events: found,
    base: call.base,
    id,
  } as const;
  return notificationBundle(said, bundleId, store.now());
}

function contentOf(call: OperationCall): ContentLevel | undefined {
  const [content] = textsOf(call, 'content');
  if (content === undefined || isContentLevel(content)) return content;
  throw notUsable('content', `one of ${CONTENT_LEVELS.join(', ')}`);
}
