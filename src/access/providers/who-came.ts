import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { type Person, personByEmail, personById } from '../people/person.ts';
import { callerOf } from '../people/role-rights.ts';
import { type OpenedSession, openSession, type SignedIn } from '../sessions/session.ts';
import type { Identity } from './openid.ts';
import type { IdentityProvider } from './provider.ts';

/**
 * Opens a session for whom a provider has shown. At the first time it is the person of the provider's organization with
 * the e-mail address that the provider has checked; from then on whoever the provider calls the same. A provider makes
 * nobody: administrators do.
 * @throws AppError (401, `providers.not-invited`)
 */
export async function signInAs(
  deps: PeopleDeps,
  provider: IdentityProvider,
  identity: Identity,
  from: Pick<SignedIn, 'userAgent' | 'requestId'>,
): Promise<OpenedSession> {
  const opened = await deps.db.transaction(async (tx) => {
    const person = await whoIs(tx, provider, identity, deps.now());
    if (!person?.active || person.organizationId !== provider.organizationId) return { refused: person };
    const { secondFactor } = identity;
    const signedIn = { personId: person.id, how: `oidc:${provider.id}`, secondFactor, ...from };
    return openSession(tx, deps.sessions, signedIn, deps.now());
  });
  if (!('refused' in opened)) return opened;
  if (opened.refused) await recordRefusal(deps, opened.refused, from.requestId);
  const text = `${provider.name} knows you, but nobody has invited you here with that e-mail address. Ask an administrator of this hub.`;
  throw new AppError('unauthenticated', 'providers.not-invited', text);
}

async function whoIs(tx: Sql, provider: IdentityProvider, identity: Identity, now: Date): Promise<Person | undefined> {
  const known = await knownAs(tx, provider, identity);
  if (known) return known;
  const { email, subject } = identity;
  const person = email === undefined ? undefined : await personByEmail(tx, email);
  if (!person?.active || person.organizationId !== provider.organizationId) return person;
  // Who is known there by another subject stays that one: an address may be given to somebody else.
  await tx.query(
    `INSERT INTO person_identity (provider_id, subject, person_id, created_at) VALUES ($1, $2, $3, $4)
     ON CONFLICT DO NOTHING`,
    [provider.id, subject, person.id, now],
  );
  return knownAs(tx, provider, identity);
}

async function knownAs(tx: Sql, { id }: IdentityProvider, { subject }: Identity): Promise<Person | undefined> {
  const [known] = await tx.query<{ person_id: string }>(
    'SELECT person_id FROM person_identity WHERE provider_id = $1 AND subject = $2',
    [id, subject],
  );
  return known && personById(tx, known.person_id, 'FOR UPDATE');
}

/** Keeps who was refused, as far as it is known. */
async function recordRefusal(deps: PeopleDeps, person: Person, requestId: string | undefined): Promise<void> {
  const caller = { ...callerOf(person, deps.hubOrg, undefined), ...(requestId === undefined ? {} : { requestId }) };
  const entry = {
    action: 'E',
    interaction: 'sign-in',
    about_person: person.id,
    refusal: 'providers.not-invited',
  } as const;
  await recordIn(deps.db, caller, deps.now(), [entry]);
}
