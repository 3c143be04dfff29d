import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { AppError } from '../errors.ts';
import { byCommand } from '../fhir/audit/record/door.ts';
import type { Caller } from '../fhir/caller.ts';
import { hubOf } from '../fhir/store/transact.ts';
import { changeKeys } from './change-keys.ts';
import { listClients } from './clients.ts';
import { type ClientInput, clientSchema, keysSchema, type RegisterDeps, register } from './register.ts';
import { revokeClient } from './revoke.ts';

export const CLIENT_USAGE = `\
  careloop client add --organization <id> --name <name> --jwks <file> | --jwks-uri <url> --scope <scope> [--scope …]
      registers a program of a partner organization with its public keys and what it may do at most
  careloop client add --organization <id> --name <name> [--scope …]
      registers a program for a trial and prints its access token, once
  careloop client add --organization <id> --name <name> --tls-subject <subject> --scope <scope> [--scope …]
      registers a program that signs in by a certificate of this subject (CN=…,O=…), issued by one of TLS_CLIENT_CA_FILE;
      --tls-self-signed beside --jwks or --jwks-uri: by a certificate of its own that stands among those keys (x5c)
  careloop client list [--organization <id>]
      lists the programs
  careloop client keys <id> --jwks <file> | --jwks-uri <url> | --tls-subject <subject> [--tls-self-signed] [--scope …]
      gives a program other keys; the ones before, and the tokens it has, are refused at once
  careloop client revoke <id>
      revokes a program, its tokens and its subscriptions, at once`;

/** What may follow a command, beside an id. */
export const CLIENT_OPTIONS = {
  organization: { type: 'string' },
  name: { type: 'string' },
  jwks: { type: 'string' },
  'jwks-uri': { type: 'string' },
  'tls-subject': { type: 'string' },
  'tls-self-signed': { type: 'boolean' },
  scope: { type: 'string', multiple: true },
} as const;

export interface ClientOptions {
  readonly id?: string | undefined;
  readonly organization?: string | undefined;
  readonly name?: string | undefined;
  readonly jwks?: string | undefined;
  readonly 'jwks-uri'?: string | undefined;
  readonly 'tls-subject'?: string | undefined;
  readonly 'tls-self-signed'?: boolean | undefined;
  readonly scope?: string[] | undefined;
}

/** Looking after programs from the command line. @returns the exit code */
export const clientCommands = {
  'client add': async (deps: RegisterDeps, options: ClientOptions): Promise<number> => {
    const { id, organizationId, token, expiresAt } = await register(deps, byHub(deps), inputOf(options));
    console.log(`client        ${id}\norganization  ${organizationId}`);
    if (token) console.log(`expires       ${expiresAt?.toISOString()}\ntoken         ${token}`);
    return 0;
  },
  'client list': async ({ db }: RegisterDeps, { organization }: ClientOptions): Promise<number> => {
    for (const { id, organizationId, name, keys, certificate, scopes, revokedAt } of await listClients(
      db,
      organization,
    )) {
      const how = revokedAt ? 'revoked' : certificate ? 'certificate' : keys ? 'keys' : 'token';
      console.log([id, organizationId, how, scopes?.join(' ') ?? 'everything', name].join('\t'));
    }
    return 0;
  },
  'client keys': async (deps: RegisterDeps, options: ClientOptions): Promise<number> => {
    const { id } = options;
    if (id === undefined) throw new Error(`client keys needs the id of the program.\n\n${CLIENT_USAGE}`);
    await changeKeys(deps, byHub(deps), id, parsed(keysSchema, signInOf(options)));
    console.log(`client ${id} signs in by its new keys`);
    return 0;
  },
  'client revoke': async (deps: RegisterDeps, { id }: ClientOptions): Promise<number> => {
    if (id === undefined) throw new Error(`client revoke needs the id of the program.\n\n${CLIENT_USAGE}`);
    await revokeClient(deps.store, byHub(deps), id);
    console.log(`client ${id} is revoked`);
    return 0;
  },
};

/** @throws Error in a sentence */
function inputOf(options: ClientOptions): ClientInput {
  const { organization, name } = options;
  if (!organization || !name) throw new Error(`client add needs --organization and --name.\n\n${CLIENT_USAGE}`);
  return parsed(clientSchema, { name, organizationId: organization, ...signInOf(options) });
}

/** What was said of what a program signs in by. */
function signInOf(options: ClientOptions): object {
  const { jwks, 'jwks-uri': jwksUri, scope } = options;
  const { 'tls-subject': tlsSubject, 'tls-self-signed': tlsSelfSigned } = options;
  return {
    ...(jwks === undefined ? {} : { jwks: readKeys(jwks) }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    ...(tlsSubject === undefined ? {} : { tlsSubject }),
    ...(tlsSelfSigned === undefined ? {} : { tlsSelfSigned }),
    ...(scope === undefined ? {} : { scopes: scope.flatMap((each) => each.split(' ')).filter(Boolean) }),
  };
}

function parsed<T>(schema: { safeParse(said: unknown): z.ZodSafeParseResult<T> }, said: object): T {
  const read = schema.safeParse(said);
  if (read.success) return read.data;
  throw new AppError('invalid', 'request.not-valid', read.error.issues.map(({ message }) => message).join(' '));
}

function readKeys(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    throw new Error('The file of --jwks cannot be read as JSON. Give a JSON Web Key Set: {"keys": […]}.');
  }
}

/** Who looks after a hub on its own machine. */
function byHub({ store }: RegisterDeps): Caller {
  return byCommand(hubOf(store));
}
