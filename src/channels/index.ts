import type { PartnerEndpoint } from '../directory/directory.ts';
import type { Terms } from '../fhir/subscriptions/terms/terms.ts';
import type { Channel } from './channel.ts';
import { email } from './email.ts';
import { fhirPull } from './fhir-pull.ts';
import { fhirPush } from './fhir-push.ts';
import type { NotificationChannel } from './notification.ts';
import { restHook } from './rest-hook.ts';

/** The channel that reaches an organization: its own FHIR server where it has one, else it works on this hub's. */
export function channelFor(endpoint: PartnerEndpoint | undefined): Channel {
  return endpoint ? fhirPush : fhirPull;
}

/** The channels by which subscribers are told. */
export const NOTIFICATION_CHANNELS: Readonly<Record<Terms['channel'], NotificationChannel>> = {
  'rest-hook': restHook,
  email,
};
