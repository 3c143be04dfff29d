import type { Extension } from '@medplum/fhirtypes';
import { described, metadata } from '../checks/rest/metadata.ts';
import type { Verdict } from '../requirement.ts';
import type { Server } from '../server/server.ts';
import { pass, require } from '../verdict.ts';

const GUIDE = 'http://hl7.org/fhir/uv/subscriptions-backport';
const TOPIC = `${GUIDE}/StructureDefinition/capabilitystatement-subscriptiontopic-canonical`;

/** @see https://hl7.org/fhir/uv/subscriptions-backport/STU1.1/components.html#subscription-topics-in-r4 */
export async function listsTopics(server: Server): Promise<Verdict> {
  const { extension } = (await described(server, 'Subscription')) as { extension?: Extension[] };
  require(extension?.some(({ url }) => url === TOPIC), 'The metadata does not list the topics of subscriptions.');
  return pass('The metadata lists the topics at Subscription.');
}

export async function instantiates(server: Server): Promise<Verdict> {
  const statement = await metadata(server);
  const url = `${GUIDE}/CapabilityStatement/backport-subscription-server-r4`;
  require(statement.instantiates?.includes(
    url,
  ), 'The metadata does not say that it instantiates the guide’s statement.');
  return pass('The metadata instantiates the CapabilityStatement of the guide.');
}

export async function listsProfile(server: Server): Promise<Verdict> {
  const { supportedProfile } = await described(server, 'Subscription');
  const url = `${GUIDE}/StructureDefinition/backport-subscription`;
  require(supportedProfile?.includes(url), 'The metadata does not list the profile of topic-based subscriptions.');
  return pass('The metadata lists the profile of topic-based subscriptions.');
}
