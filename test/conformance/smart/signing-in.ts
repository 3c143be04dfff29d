import { randomUUID } from 'node:crypto';
import { generateKeyPair } from 'jose';
import type { Verdict } from '../requirement.ts';
import type { Answer } from '../server/answer.ts';
import type { Program } from '../server/program.ts';
import type { Server } from '../server/server.ts';
import { notApplicable, pass, require } from '../verdict.ts';
import {
  askAs,
  asProgram,
  asRegistrar,
  assertionOf,
  PATIENTS,
  present,
  TASKS,
  type TokenAnswer,
  tokenOf,
  type Wrong,
} from './program.ts';

const LONGEST_LIFE_S = 300;
const LONGEST_TOKEN = 4_096;

export const signsIn = asProgram(async (server, program) => {
  const { access_token: token } = await tokenOf(server, program, PATIENTS);
  require(typeof token === 'string' && token !== '', 'The answer to a good assertion has no access_token.');
  return pass('A program got an access token for an assertion that it signed with its key.');
});

/** A part of the answer to a good assertion. */
function says(what: string, holds: (token: TokenAnswer) => boolean, unmet: string): ReturnType<typeof asProgram> {
  return asProgram(async (server, program) => {
    require(holds(await tokenOf(server, program, PATIENTS)), unmet);
    return pass(what);
  });
}

export const isBearer = says(
  'The token_type is bearer.',
  ({ token_type: type }) => String(type).toLowerCase() === 'bearer',
  'The token_type is not bearer.',
);
export const saysHowLong = says(
  'The answer says in seconds how long the token lives.',
  ({ expires_in: life }) => Number.isInteger(life) && Number(life) > 0,
  'expires_in is not a number of seconds.',
);
export const livesShortly = says(
  'The token lives for five minutes at most.',
  ({ expires_in: life }) => Number(life) <= LONGEST_LIFE_S,
  'expires_in is more than 300.',
);
export const saysScope = says(
  'The answer says which scope was granted.',
  ({ scope }) => typeof scope === 'string' && scope !== '',
  'The answer does not say which scope was granted.',
);
export const givesNoRefresh = says(
  'No refresh token was issued.',
  ({ refresh_token: token }) => token === undefined,
  'A refresh token was issued.',
);
export const isShort = says(
  'The token fits into a header with room to spare.',
  ({ access_token: token }) => String(token).length <= LONGEST_TOKEN,
  'The token is longer than 4,096 characters.',
);
export const isLimitedToAsked = says(
  'What was granted is what was asked for.',
  ({ scope }) => scope === PATIENTS,
  'More or something else was granted than was asked for.',
);
export const repeatsOlderScopes = asProgram(async (server, program) => {
  const older = 'system/Patient.read';
  const { scope } = await tokenOf(server, program, older);
  require(scope === older, `A program that asks for ${older} is told that it has something else.`);
  return pass('Scopes that are asked for in the older form are named so when they are granted.');
});
export const grantsNarrower = asProgram(async (server, program) => {
  const narrow = 'system/Task.rs?status=draft';
  const { scope } = await tokenOf(server, program, narrow);
  require(scope === narrow, `A program that asks for ${narrow} is not granted that.`);
  return pass('A scope with search parameters was granted as it was asked for.');
});

/** A program of a few scopes gets no more than these. */
export const grantsWithinRegistered = asRegistrar(async (server, registrar) => {
  const { publicKey, privateKey } = await newKey('ES384');
  const clientId = await registrar.register({ jwks: { keys: [publicKey] }, scopes: [PATIENTS] });
  const program: Program = { clientId, key: { alg: 'ES384', kid: String(publicKey.kid), privateKey } };
  const { scope } = await tokenOf(server, program, `${PATIENTS} ${TASKS}`);
  require(scope === PATIENTS, 'A program was granted a scope that it is not registered for.');
  const { status, token } = await askAs(server, program, TASKS);
  require(status === 400 && token.error === 'invalid_scope', 'A scope that a program may not have was not refused.');
  return pass('A program was granted no more than it is registered for, and is told so.');
});

/** Both algorithms, with keys that are sent when the program is registered. */
export const takesKeysDirectly = asRegistrar(async (server, registrar) => {
  for (const alg of ['RS384', 'ES384'] as const) {
    const { publicKey, privateKey } = await newKey(alg);
    const clientId = await registrar.register({ jwks: { keys: [publicKey] }, scopes: [PATIENTS] });
    require(clientId !== '', 'A program that was registered was assigned no id.');
    await tokenOf(server, { clientId, key: { alg, kid: String(publicKey.kid), privateKey } }, PATIENTS);
  }
  return pass('Programs that were registered with their keys were assigned ids, and signed in by RS384 and ES384.');
});

export async function newKey(alg: 'RS384' | 'ES384') {
  const { exportJWK } = await import('jose');
  const { publicKey, privateKey } = await generateKeyPair(alg);
  return { publicKey: { ...(await exportJWK(publicKey)), kid: randomUUID(), use: 'sig', alg }, privateKey };
}

function requireRefused({ status, token }: Answer & { token: TokenAnswer }, what: string): void {
  require([400, 401].includes(status), `An assertion ${what} was answered ${status}, not 400 or 401.`);
  require(token.error === 'invalid_client', `An assertion ${what} is not refused as invalid_client.`);
  require(token.access_token === undefined, `An assertion ${what} was given a token.`);
}

/** What is wrong with an assertion, and how to make it so. */
const WRONGS: readonly (readonly [string, () => Promise<Wrong> | Wrong])[] = [
  [
    'signed with another key',
    async () => ({ key: (await generateKeyPair('ES384')).privateKey, header: { alg: 'ES384' } }),
  ],
  ['of another client', () => ({ claims: { iss: randomUUID() } })],
  ['about another subject', () => ({ claims: { sub: randomUUID() } })],
  ['for another server', () => ({ claims: { aud: 'https://elsewhere.example/token' } })],
  ['that has expired', () => ({ claims: { exp: Math.floor(Date.now() / 1_000) - 60 } })],
  ['that never expires', () => ({ claims: { exp: undefined } })],
  ['without a jti', () => ({ claims: { jti: undefined } })],
  ['with a key that is not known', () => ({ header: { kid: randomUUID() } })],
];

/** Assertions with some of these faults are refused as OAuth says. */
function refusesThose(said: string, ...which: readonly string[]): ReturnType<typeof asProgram> {
  const wrongs = WRONGS.filter(([what]) => which.length === 0 || which.includes(what));
  return asProgram(async (server, program) => {
    for (const [what, wrong] of wrongs) requireRefused(await askAs(server, program, PATIENTS, await wrong()), what);
    return pass(said);
  });
}

export const refusesWrong = refusesThose(
  'Assertions with another signature, issuer, subject, audience, key or end than they must have were refused.',
);
export const refusesStrangers = refusesThose('An assertion of an unknown client was refused.', 'of another client');
export const refusesAsInvalidClient = refusesThose(
  'An assertion that could not be verified was refused as invalid_client.',
  'signed with another key',
);

export const refusesReplays = asProgram(async (server, program) => {
  const assertion = await assertionOf(server, program);
  const first = await present(server, assertion, PATIENTS);
  require(first.status === 200, `A good assertion was answered ${first.status}, not 200.`);
  requireRefused(await present(server, assertion, PATIENTS), 'that was used before');
  return pass('An assertion was good once.');
});

export const refusesOtherKeyAddresses = asProgram(async (server, program) => {
  const header = { jku: 'https://elsewhere.example/keys' };
  requireRefused(await askAs(server, program, PATIENTS, { header }), 'that names other keys');
  return pass('An assertion that names the address of other keys than are registered was refused.');
});

/** @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
const ERRORS = ['invalid_request', 'invalid_client', 'invalid_grant', 'unauthorized_client', 'unsupported_grant_type'];

export const saysErrors = asProgram(async (server, program) => {
  const form = { grant_type: 'conformance_nonsense' };
  const { status, token } = await askAs(server, program, PATIENTS, { form });
  require([400, 401].includes(status), `A grant there is not was answered ${status}, not 400 or 401.`);
  require(ERRORS.includes(String(token.error)), 'A grant there is not is refused without an error of OAuth.');
  return pass('What went wrong was said by an error of OAuth.');
});

export const describesErrors = asProgram(async (server, program) => {
  const { token } = await askAs(server, program, PATIENTS, { claims: { exp: undefined } });
  require(token.error_description ?? token.error_uri, 'An error has neither error_description nor error_uri.');
  return pass('An error came with a description.');
});

export async function noSecretsForPrograms(server: Server): Promise<Verdict> {
  const { listOf } = await import('./configuration.ts');
  const listed = await listOf(server, 'capabilities');
  if (!listed.includes('client-confidential-symmetric')) return pass('The server does not offer shared secrets.');
  return notApplicable('not observable', 'Whom the server gives shared secrets to is not seen from outside.');
}
