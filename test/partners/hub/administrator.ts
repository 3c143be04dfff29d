import { randomBytes } from 'node:crypto';
import { makeKey, signIn, type Tokens } from '../fhir/sign-in.ts';
import { ask, asVisitor } from './page.ts';

/** Somebody who is signed in at a hub and looks after it, as their browser speaks to it. */
export interface Administrator {
  /** @throws Error with what the hub said, when it refuses */
  send<T = void>(method: 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown): Promise<T>;
}

/** Sets a hub up by the link that its start has printed, as its first user does. @param link `<hub>/set-up#<code>` */
export async function setUpHub(link: string): Promise<Administrator> {
  const [, code] = link.split('#');
  const { origin } = new URL(link);
  const person = { name: 'Robin Administrator', email: 'administrator@hub.example' };
  // Nobody has to know it: whoever wants to sign in is invited.
  const password = randomBytes(24).toString('base64url');
  const headers = asVisitor(await ask(`${origin}/api/setup`, { code, ...person, password }));
  return {
    send: async <T>(method: string, path: string, said?: unknown) =>
      (await ask(`${origin}${path}`, said, { method, headers })).body as T,
  };
}

/** Registers a program of the hub's own organization, with a key of its own. @param base of the hub's FHIR API */
export async function addOperator(administrator: Administrator, base: string): Promise<Tokens> {
  const key = await makeKey();
  const scope = 'system/*.cruds';
  const program = { name: 'Operator', organizationId: 'careloop', jwks: { keys: [key.publicKey] }, scopes: [scope] };
  const { id } = await administrator.send<{ id: string }>('POST', '/api/clients', program);
  return signIn(base, { clientId: id, key, scope });
}
