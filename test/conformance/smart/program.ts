import { randomUUID } from 'node:crypto';
import { type CryptoKey, SignJWT } from 'jose';
import type { Verdict } from '../requirement.ts';
import { type Answer, ask } from '../server/answer.ts';
import type { Program, Registrar } from '../server/program.ts';
import type { Server } from '../server/server.ts';
import { notApplicable, require } from '../verdict.ts';
import { configurationOf } from './configuration.ts';

/** Of patients, to read and to search; of tasks, too. */
export const PATIENTS = 'system/Patient.rs';
export const TASKS = 'system/Task.rs';

export interface TokenAnswer {
  readonly access_token?: unknown;
  readonly token_type?: unknown;
  readonly expires_in?: unknown;
  readonly scope?: unknown;
  readonly refresh_token?: unknown;
  readonly error?: unknown;
  readonly error_description?: unknown;
  readonly error_uri?: unknown;
}

/** What an assertion is made to say that it should not. */
export interface Wrong {
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly form?: Readonly<Record<string, string>>;
  readonly key?: CryptoKey;
}

const LIFE_S = 240;

export async function assertionOf(server: Server, { clientId, key }: Program, wrong: Wrong = {}): Promise<string> {
  const { json } = await configurationOf(server);
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: String(json.token_endpoint),
    jti: randomUUID(),
    exp: Math.floor(Date.now() / 1_000) + LIFE_S,
    ...wrong.claims,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: key.alg, kid: key.kid, typ: 'JWT', ...wrong.header })
    .sign(wrong.key ?? key.privateKey);
}

/** Asks for a token with an assertion. */
export async function present(
  server: Server,
  assertion: string,
  scope: string,
  form: Wrong['form'] = {},
): Promise<Answer & { readonly token: TokenAnswer }> {
  const { json } = await configurationOf(server);
  require(typeof json.token_endpoint === 'string', 'The configuration names no token_endpoint.');
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
    scope,
    ...form,
  });
  const headers = { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' };
  const answer = await ask('POST', json.token_endpoint, { headers, body: body.toString() });
  return { ...answer, token: (answer.json ?? {}) as TokenAnswer };
}

/** Asks for a token as a program. */
export async function askAs(
  server: Server,
  program: Program,
  scope: string,
  wrong: Wrong = {},
): ReturnType<typeof present> {
  return present(server, await assertionOf(server, program, wrong), scope, wrong.form);
}

/** A token as a program is given it. @throws Unmet when it is given none */
export async function tokenOf(server: Server, program: Program, scope: string): Promise<TokenAnswer> {
  const { status, token } = await askAs(server, program, scope);
  require(status === 200, `A program that asks for ${scope} with a good assertion was answered ${status}, not 200.`);
  return token;
}

/** Asks the API with a token of a scope. */
export async function callWith(
  server: Server,
  program: Program,
  scope: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const { access_token: token } = await tokenOf(server, program, scope);
  return server.call(method, path, { headers: { authorization: `Bearer ${String(token)}` }, body });
}

type AsProgram = (server: Server, program: Program) => Promise<Verdict>;

/** A check that a program must be registered for. */
export function asProgram(check: AsProgram): (server: Server) => Promise<Verdict> {
  return async (server) => (server.program ? check(server, server.program) : UNREGISTERED);
}

/** A check for which it registers programs. */
export function asRegistrar(
  check: (server: Server, registrar: Registrar) => Promise<Verdict>,
): (server: Server) => Promise<Verdict> {
  return async (server) => (server.registrar ? check(server, server.registrar) : NO_REGISTRAR);
}

const UNREGISTERED = notApplicable(
  'not observable',
  'No program is registered for this command: name one with --client and --key.',
);
const NO_REGISTRAR = notApplicable(
  'not observable',
  'Programs are registered by people there: this command registers some at a hub of its own only.',
);
