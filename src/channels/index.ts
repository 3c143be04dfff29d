import type { PartnerEndpoint } from '../directory/directory.ts';
import type { Channel } from './channel.ts';
import { fhirPull } from './fhir-pull.ts';
import { fhirPush } from './fhir-push.ts';

/** The channel that reaches an organization: its own FHIR server where it has one, else it works on this hub's. */
export function channelFor(endpoint: PartnerEndpoint | undefined): Channel {
  return endpoint ? fhirPush : fhirPull;
}
