import { readFileSync } from 'node:fs';
import { AppError } from '../errors.ts';
import { listClients, revokeClient } from './clients.ts';
import { type ClientInput, clientSchema, type RegisterDeps, register } from './register.ts';

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
  careloop client revoke <id>
      revokes a program and its tokens, at once`;

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
    const { id, organizationId, token, expiresAt } = await register(deps, inputOf(options));
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
  'client revoke': async ({ db, now }: RegisterDeps, { id }: ClientOptions): Promise<number> => {
    if (id === undefined) throw new Error(`client revoke needs the id of the program.\n\n${CLIENT_USAGE}`);
    await revokeClient(db, id, now());
    console.log(`client ${id} is revoked`);
    return 0;
  },
};

/** @throws Error in a sentence */
function inputOf(options: ClientOptions): ClientInput {
  const { organization, name, jwks, 'jwks-uri': jwksUri, scope } = options;
  const { 'tls-subject': tlsSubject, 'tls-self-signed': tlsSelfSigned } = options;
  if (!organization || !name) throw new Error(`client add needs --organization and --name.\n\n${CLIENT_USAGE}`);
  const said = {
    name,
    organizationId: organization,
    ...(jwks === undefined ? {} : { jwks: readKeys(jwks) }),
    ...(jwksUri === undefined ? {} : { jwksUri }),
    ...(tlsSubject === undefined ? {} : { tlsSubject }),
    ...(tlsSelfSigned === undefined ? {} : { tlsSelfSigned }),
    ...(scope === undefined ? {} : { scopes: scope.flatMap((each) => each.split(' ')).filter(Boolean) }),
  };
  const read = clientSchema.safeParse(said);
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
