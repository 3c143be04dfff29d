import type { Extension, Subscription } from '@medplum/fhirtypes';

const BACKPORT = 'http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition';

/** The extensions of the Subscriptions R4 backport. @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/artifacts.html */
export const EXTENSIONS = {
  filter: `${BACKPORT}/backport-filter-criteria`,
  channelType: `${BACKPORT}/backport-channel-type`,
  content: `${BACKPORT}/backport-payload-content`,
  heartbeat: `${BACKPORT}/backport-heartbeat-period`,
  timeout: `${BACKPORT}/backport-timeout`,
  maxCount: `${BACKPORT}/backport-max-count`,
} as const;

/** Its profiles of what the hub says. */
export const PROFILES = {
  notification: `${BACKPORT}/backport-subscription-notification-r4`,
  status: `${BACKPORT}/backport-subscription-status-r4`,
} as const;

interface Extended {
  readonly extension?: readonly Extension[];
}

/** The extensions of an element that holds a primitive value. */
function beside(element: object, name: string): readonly Extension[] {
  const extended = (element as Readonly<Record<string, Extended | undefined>>)[`_${name}`];
  return extended?.extension ?? [];
}

function all(extensions: readonly Extension[], url: string): Extension[] {
  return extensions.filter((each) => each.url === url);
}

/** Every filter of a Subscription, in order; each must be met. */
export function filtersIn(subscription: Subscription): string[] {
  return all(beside(subscription, 'criteria'), EXTENSIONS.filter).map(({ valueString }) => valueString ?? '');
}

/** The content level a Subscription asks for. */
export function contentIn({ channel }: Subscription): string | undefined {
  return all(beside(channel, 'payload'), EXTENSIONS.content)[0]?.valueCode;
}

/** The channel that takes the place of `channel.type`. */
export function customChannelIn({ channel }: Subscription): string | undefined {
  const [custom] = all(beside(channel, 'type'), EXTENSIONS.channelType);
  return custom && (custom.valueCoding?.code ?? '');
}

/** A number among the extensions of the channel. */
export function numberIn({ channel }: Subscription, url: string): number | undefined {
  const [found] = all(channel.extension ?? [], url);
  return found?.valueUnsignedInt ?? found?.valuePositiveInt ?? found?.valueInteger;
}
