import type { CapabilityStatement, CapabilityStatementRestResource } from '@medplum/fhirtypes';
import type { Verdict } from '../../requirement.ts';
import type { Server } from '../../server/server.ts';
import { pass, require, requireStatus } from '../../verdict.ts';

/** @see https://hl7.org/fhir/R4/http.html#capabilities */
export function metadata(server: Server): Promise<CapabilityStatement> {
  return server.once('metadata', async (shared) => {
    const answer = await shared.call('GET', 'metadata');
    requireStatus(answer, [200], 'GET metadata');
    const statement = answer.json as Partial<CapabilityStatement> | undefined;
    require(statement?.resourceType === 'CapabilityStatement', 'GET metadata answered no CapabilityStatement.');
    return statement as CapabilityStatement;
  });
}

/** What the server says of one type. @throws Unmet when it says nothing */
export async function described(server: Server, type: string): Promise<CapabilityStatementRestResource> {
  const { rest } = await metadata(server);
  const resource = rest?.find(({ mode }) => mode === 'server')?.resource?.find((each) => each.type === type);
  require(resource, `The metadata does not list ${type}.`);
  return resource;
}

/** A server says what it serves. */
export async function resourceListed(server: Server, type: string, interactions: readonly string[]): Promise<Verdict> {
  const { interaction } = await described(server, type);
  const listed = interaction?.map(({ code }) => code as string) ?? [];
  const missing = interactions.filter((code) => !listed.includes(code));
  require(missing.length === 0, `The metadata lists ${type} without ${missing.join(', ')}.`);
  return pass(`The metadata lists ${type}${interactions.length > 0 ? ` with ${interactions.join(', ')}` : ''}.`);
}
