import { toXml } from '../fhir/xml/to-xml.ts';
import type { SendOutcome } from './channel.ts';
import { fromResponse, fromThrown } from './http-outcome.ts';
import type { Notification, NotificationContext } from './notification.ts';
import { readJson } from './read-json.ts';

/**
 * Notifications are sent by POST to the subscriber's endpoint; any 2xx says that it has them.
 * @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/channels.html#rest-hook
 */
export async function restHook(notification: Notification, context: NotificationContext): Promise<SendOutcome> {
  const { terms } = notification;
  try {
    const response = await context.outbound.call(terms.endpoint, {
      method: 'POST',
      headers: [...headersOf(notification)],
      body: bodyOf(notification),
      signal: context.signal,
    });
    if (!response.ok) return fromResponse('update', response, await readJson(response, LARGEST_ANSWER), context.now);
    // They have it; what else they say is not waited for.
    response.body?.cancel().catch(() => undefined);
    return { kind: 'delivered', code: `http-${response.status}` };
  } catch (thrown) {
    return fromThrown(thrown);
  }
}

const LARGEST_ANSWER = 64 * 1024;

function headersOf({ deliveryId, correlationId, terms }: Notification): Headers {
  const headers = new Headers({ 'x-request-id': deliveryId });
  if (correlationId) headers.set('x-correlation-id', correlationId);
  for (const [name, value] of terms.headers) headers.append(name, value);
  headers.set('content-type', terms.mediaType);
  return headers;
}

function bodyOf({ terms, bundle }: Notification): string {
  return terms.format === 'xml' ? toXml(bundle) : JSON.stringify(bundle);
}
