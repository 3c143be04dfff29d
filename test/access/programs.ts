import type { Organization } from '@medplum/fhirtypes';
import { call, done } from '../support/api.ts';
import type { TestHub } from '../support/hub.ts';
import { askForToken, claimsOf, makeKey, type ProgramKey } from '../support/program.ts';

export const endpointOf = ({ url }: { readonly url: string }): string => `${url}/oauth/token`;

export async function addOrganization(hub: TestHub, name: string): Promise<string> {
  const body: Organization = { resourceType: 'Organization', active: true, name };
  return (await done(call('POST', `${hub.fhir}/Organization`, { body }))).id;
}

/** Registers a program. @returns its id */
export async function addProgram(
  hub: TestHub,
  organizationId: string,
  details: { jwks?: object; jwksUri?: string; scopes?: string[] },
): Promise<string> {
  const body = { name: 'A program', organizationId, ...details };
  const answer = await call<{ id: string }>('POST', `${hub.url}/api/clients`, { body });
  if (answer.status !== 201) throw new Error(`refused with ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body.id;
}

/** A program with a key, of an organization. */
export interface Program {
  readonly id: string;
  readonly organizationId: string;
  readonly key: ProgramKey;
  /** Asks for a token. @throws Error when it is refused */
  token(scope: string): Promise<string>;
}

export async function startProgramOf(hub: TestHub, organizationId: string, scopes: string[]): Promise<Program> {
  const key = await makeKey('ES384');
  const id = await addProgram(hub, organizationId, { jwks: { keys: [key.publicKey] }, scopes });
  return {
    id,
    organizationId,
    key,
    token: async (scope) => {
      const assertion = await key.sign(claimsOf(id, endpointOf(hub), hub.deps.now()));
      const { status, body } = await askForToken(endpointOf(hub), assertion, scope);
      if (status !== 200) throw new Error(`refused with ${status}: ${body.error} ${body.error_description}`);
      return body.access_token;
    },
  };
}
