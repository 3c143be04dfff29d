import { call, done } from './api.ts';
import type { TestHub } from './hub.ts';

/** Gives an organization an Endpoint that is a mailbox. @returns the Endpoint's id */
export async function addMailbox({ fhir }: TestHub, organizationId: string, address: string): Promise<string> {
  const body = {
    resourceType: 'Endpoint',
    status: 'active',
    connectionType: { code: 'email', display: 'E-mail' },
    managingOrganization: { reference: `Organization/${organizationId}` },
    payloadType: [{ text: 'Notices' }],
    address: `mailto:${address}`,
  };
  return (await done(call('POST', `${fhir}/Endpoint`, { body }))).id;
}
