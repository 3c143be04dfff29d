import type { Bundle, Subscription } from '@medplum/fhirtypes';
import { visibleTo } from '../../caller.ts';
import { read } from '../../rest/interactions/read.ts';
import { someEntries } from '../../some-entries.ts';
import type { Store } from '../../store/transact.ts';
import { statusParameters } from '../../subscriptions/notification/status.ts';
import { SUBSCRIPTION_COLUMNS, type SubscriptionRow } from '../../subscriptions/rows.ts';
import { contentIn } from '../../subscriptions/terms/extensions.ts';
import { isContentLevel } from '../../subscriptions/terms/payload.ts';
import { requireServed } from '../inputs.ts';
import { inputsOf, type Operation, type OperationCall } from '../operation.ts';
import { notUsable, textsOf } from './inputs.ts';

/**
 * `Subscription/$status`, of one or of all that the caller may see.
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/OperationDefinition-backport-subscription-status.html
 */
export function statusOperation(store: Store): Operation {
  return {
    name: 'status',
    definition: 'http://hl7.org/fhir/uv/subscriptions-backport/OperationDefinition/backport-subscription-status',
    levels: ['type', 'instance'],
    types: ['Subscription'],
    affectsState: false,
    run: async (call) => {
      requireServed(inputsOf(call), ['id', 'status'], ['id', 'status']);
      // At one Subscription the parameters are ignored; one that is not there is said so.
      if (call.id !== undefined) await read(store.db, call.caller, 'Subscription', call.id);
      const asked = call.id === undefined ? askedOf(call) : { ids: [call.id], states: null };
      return { status: 200, resource: await statuses(store, call, asked) };
    },
  };
}

interface Asked {
  readonly ids: readonly string[] | null;
  readonly states: readonly string[] | null;
}

function askedOf(call: OperationCall): Asked {
  const [ids, states] = [textsOf(call, 'id'), textsOf(call, 'status')];
  if (states.some((state) => !STATES.has(state))) throw notUsable('status', 'requested, active, error or off');
  return { ids: ids.length > 0 ? ids : null, states: states.length > 0 ? states : null };
}

const STATES: ReadonlySet<string> = new Set(['requested', 'active', 'error', 'off']);

type Found = SubscriptionRow & { readonly topic: string; readonly content: Subscription };

async function statuses(store: Store, call: OperationCall, { ids, states }: Asked): Promise<Bundle> {
  const rows = await store.db.query<Found>(
    `SELECT ${SUBSCRIPTION_COLUMNS}, topic,
       (SELECT content FROM resource WHERE type = 'Subscription' AND resource.id = subscription.id) AS content
     FROM subscription
     WHERE id IN (SELECT resource.id FROM resource WHERE type = 'Subscription' AND NOT deleted AND ${visibleTo(call.caller)})
       AND ($1::text[] IS NULL OR id = ANY ($1::text[])) AND ($2::text[] IS NULL OR status = ANY ($2::text[]))
     ORDER BY id`,
    [ids, states],
  );
  const entry = rows.map((row) => {
    const id = store.newId();
    const asked = contentIn(row.content);
    const content = isContentLevel(asked) ? asked : 'empty';
    const said = { type: 'query-status', row, topic: row.topic, content, events: [], base: call.base, id } as const;
    return { fullUrl: `urn:uuid:${id}`, search: { mode: 'match' }, resource: statusParameters(said) } as const;
  });
  return { resourceType: 'Bundle', type: 'searchset', total: entry.length, ...someEntries(entry) };
}
