import type { Extension, Subscription } from '@medplum/fhirtypes';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';

/** The topic of SDOH Clinical Care that every coordination platform offers. */
export const TASK_TOPIC = 'http://hl7.org/fhir/us/sdoh-clinicalcare/SubscriptionTopic/Task';

export interface Wish {
  readonly endpoint: string;
  readonly topic?: string;
  /** e.g. `Task?owner=Organization/1`; all of them must hold. */
  readonly filters?: readonly string[];
  readonly channel?: string;
  /** The code of a channel that R4 does not know. */
  readonly customChannel?: string;
  readonly content?: string;
  readonly payload?: string;
  readonly headers?: readonly string[];
  readonly heartbeatSeconds?: number;
  readonly timeoutSeconds?: number;
  readonly maxCount?: number;
}

/** @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/StructureDefinition-backport-subscription.html */
export function topicSubscription(wish: Wish): Subscription {
  const { topic = TASK_TOPIC, filters = [], channel = 'rest-hook', content = 'id-only' } = wish;
  const { payload = 'application/fhir+json', headers = [], customChannel } = wish;
  return {
    resourceType: 'Subscription',
    meta: { profile: [`${BACKPORT}/backport-subscription`] },
    status: 'requested',
    reason: 'Conformance check',
    criteria: topic,
    ...(filters.length > 0 ? { _criteria: list('extension', filters.map(filterCriteria)) } : {}),
    channel: {
      ...list('extension', settings(wish)),
      type: channel,
      ...(customChannel ? { _type: { extension: [customType(customChannel)] } } : {}),
      endpoint: wish.endpoint,
      ...list('header', headers),
      payload,
      _payload: { extension: [extension('backport-payload-content', { valueCode: content })] },
    },
  } as unknown as Subscription;
}

/** FHIR has no empty lists. */
function list(name: string, values: readonly unknown[]): Record<string, readonly unknown[]> {
  return values.length > 0 ? { [name]: values } : {};
}

function filterCriteria(valueString: string): Extension {
  return extension('backport-filter-criteria', { valueString });
}

function settings({ heartbeatSeconds, timeoutSeconds, maxCount }: Wish): Extension[] {
  return [
    ...(heartbeatSeconds ? [extension('backport-heartbeat-period', { valueUnsignedInt: heartbeatSeconds })] : []),
    ...(timeoutSeconds ? [extension('backport-timeout', { valueUnsignedInt: timeoutSeconds })] : []),
    ...(maxCount ? [extension('backport-max-count', { valuePositiveInt: maxCount })] : []),
  ];
}

function customType(code: string): Extension {
  const system = 'http://terminology.hl7.org/CodeSystem/subscription-channel-type';
  return extension('backport-channel-type', { valueCoding: { system, code } });
}

function extension(name: string, value: Partial<Extension>): Extension {
  return { url: `${BACKPORT}/${name}`, ...value };
}
