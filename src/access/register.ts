import type { JSONWebKeySet } from 'jose';
import { z } from 'zod';
import type { Database } from '../db/database.ts';
import { AppError, type Issue } from '../errors.ts';
import { recordIn } from '../fhir/audit/record/new-entry.ts';
import type { Caller } from '../fhir/caller.ts';
import { scopeProblem } from '../fhir/scopes/scope-problem.ts';
import type { Store } from '../fhir/store/transact.ts';
import { type OutboundPolicy, problemOf } from '../outbound/policy.ts';
import { type Client, type ClientKeys, giveTrialToken, registerClient } from './clients.ts';
import { certificatesProblem, keysProblem } from './keys.ts';

const SIGNS_IN_BY = {
  jwks: z.looseObject({ keys: z.array(z.looseObject({})) }).optional(),
  jwksUri: z.string().max(2_000).optional(),
  tlsSubject: z.string().min(1).max(1_000).optional(),
  tlsSelfSigned: z.boolean().optional(),
  scopes: z.array(z.string().max(1_000)).min(1).max(100).optional(),
};

const ONE_WAY = {
  path: ['jwksUri'],
  error: 'Give the keys themselves (jwks) or the address they are published at (jwksUri), not both.',
};

/** What an administrator says of a program. */
export const clientSchema = z
  .strictObject({
    name: z.string().min(1).max(200),
    organizationId: z.string().regex(/^[A-Za-z0-9\-.]{1,64}$/, 'This is not the id of an Organization.'),
    ...SIGNS_IN_BY,
  })
  .refine(({ jwks, jwksUri }) => !(jwks && jwksUri), ONE_WAY);

export type ClientInput = z.infer<typeof clientSchema>;

/** What a program signs in by from now on; its scopes stay as they are unless they are said too. */
export const keysSchema = z.strictObject(SIGNS_IN_BY).refine(({ jwks, jwksUri }) => !(jwks && jwksUri), ONE_WAY);

export type KeysInput = z.infer<typeof keysSchema>;

/** What is told when a program was registered; the token only to one without keys, and only once. */
export interface Registered extends Client {
  readonly token?: string;
  readonly expiresAt?: Date;
}

export interface RegisterDeps {
  readonly db: Database;
  readonly store: Store;
  readonly now: () => Date;
  readonly newId: () => string;
  /** What addresses keys may be fetched from. */
  readonly outboundPolicy: OutboundPolicy;
}

/**
 * Registers a program for an organization: with keys and scopes, by which it asks for tokens itself, or without keys and
 * with a token for a trial.
 * @param caller who registers it
 * @throws AppError (422) saying what of it cannot be used
 * @see https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html#registering-a-client-communicating-public-keys
 */
export async function register(deps: RegisterDeps, caller: Caller, input: ClientInput): Promise<Registered> {
  requireUsable(deps, input);
  await requireOrganization(deps.db, input.organizationId);
  const { name, organizationId, scopes } = input;
  const client: Client = { id: deps.newId(), name, organizationId, ...signsInBy(input), scopes };
  const now = deps.now();
  return deps.db.transaction(async (tx) => {
    await registerClient(tx, client, now);
    await recordIn(tx, caller, now, [{ action: 'C', interaction: 'client-added', about_client: client.id }]);
    return client.keys || client.certificate ? client : { ...client, ...(await giveTrialToken(tx, client.id, now)) };
  });
}

function keysOf({ jwks, jwksUri }: KeysInput): ClientKeys | undefined {
  if (jwks) return { jwks: jwks as unknown as JSONWebKeySet };
  return jwksUri === undefined ? undefined : { jwksUri };
}

/** What a program signs in by, of what was said of it. Pure. */
export function signsInBy(input: KeysInput): Pick<Client, 'keys' | 'certificate'> {
  const keys = keysOf(input);
  if (input.tlsSubject !== undefined) return { certificate: { subject: subjectOf(input.tlsSubject) } };
  return keys && input.tlsSelfSigned ? { certificate: { keys } } : { keys };
}

/** A distinguished name without the blanks that people put between its parts. */
function subjectOf(name: string): string {
  return name.replace(/(?<!\\),\s+/g, ',').trim();
}

/**
 * Refuses what cannot be used of what a program signs in by.
 * @param needs `keys` where there must be some
 * @throws AppError (422) saying what of it, and what to give
 */
export function requireUsable(deps: RegisterDeps, input: KeysInput, needs?: 'keys'): void {
  const { jwks, jwksUri, tlsSubject } = input;
  const hasNone = needs === 'keys' && !jwks && jwksUri === undefined && tlsSubject === undefined;
  const issues = [...(hasNone ? [{ text: NO_KEYS, expression: 'jwks' }] : []), ...problemsOf(deps, input)];
  if (issues.length > 0) throw refused('access.client', issues);
}

function problemsOf({ outboundPolicy }: RegisterDeps, input: KeysInput): Issue[] {
  const { jwks, jwksUri, scopes, tlsSubject, tlsSelfSigned } = input;
  const keys = jwks && (tlsSelfSigned ? certificatesProblem : keysProblem)(jwks as unknown as JSONWebKeySet);
  const both = tlsSubject !== undefined && (tlsSelfSigned || jwks || jwksUri !== undefined);
  const address = jwksUri !== undefined && problemOf(jwksUri, outboundPolicy) !== undefined;
  return [
    ...(keys ? [{ text: keys, expression: 'jwks' }] : []),
    ...(address ? [{ text: UNREACHED, expression: 'jwksUri' }] : []),
    ...(both ? [{ text: SUBJECT_OR_KEYS, expression: 'tlsSubject' }] : []),
    ...(tlsSelfSigned && !jwks && jwksUri === undefined ? [{ text: NO_CERTIFICATE, expression: 'tlsSelfSigned' }] : []),
    ...((jwks || jwksUri !== undefined || tlsSubject !== undefined) && !scopes
      ? [{ text: NO_SCOPES, expression: 'scopes' }]
      : []),
    ...(scopes ?? []).flatMap((scope, at) => {
      const text = scopeProblem(scope);
      return text ? [{ text, expression: `scopes[${at}]` }] : [];
    }),
  ];
}

const UNREACHED =
  'Keys are fetched from public https addresses only, without name, password or fragment. Give such an address, or the keys themselves as jwks.';
const SUBJECT_OR_KEYS =
  'A program signs in by the subject of its certificate, or by keys. Give tlsSubject alone, or the keys alone.';
const NO_CERTIFICATE = 'Give the certificates of the program itself, as jwks or jwksUri, each key with its x5c.';
const NO_KEYS = 'Say what the program signs in by from now on: jwks, jwksUri or tlsSubject.';
const NO_SCOPES =
  'Say what a program with keys may do at most, as scopes, e.g. system/Task.rs. It asks for tokens with some of them.';

async function requireOrganization(db: Database, id: string): Promise<void> {
  const rows = await db.query(`SELECT 1 FROM resource WHERE type = 'Organization' AND id = $1 AND NOT deleted`, [id]);
  if (rows.length > 0) return;
  const text = `There is no Organization/${id} here. Create it first.`;
  throw refused('access.unknown-organization', [{ text, expression: 'organizationId' }]);
}

function refused(code: string, issues: readonly Issue[]): AppError {
  return new AppError('unprocessable', code, issues.map(({ text }) => text).join(' '), { issues });
}
