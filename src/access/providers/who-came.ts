import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { type Person, personByEmail, personById } from '../people/person.ts';
import { type OpenedSession, openSession, type SignedIn } from '../sessions/session.ts';
import { keepRefusal } from '../sign-in/sign-in.ts';
import type { Identity } from './openid.ts';
import type { IdentityProvider } from './provider.ts';

/** The code of who is known to a provider, and not here. */
export const NOT_INVITED = 'providers.not-invited';

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
    const { secondFactor, sid: providerSid } = identity;
    const signedIn = { personId: person.id, how: `oidc:${provider.id}`, secondFactor, providerSid, ...from };
    return openSession(tx, deps.sessions, signedIn, deps.now());
  });
  if (!('refused' in opened)) return opened;
  await keepRefusal(deps, opened.refused, from, NOT_INVITED);
  const text = `${provider.name} knows you, but nobody has invited you here with that e-mail address. Ask an administrator of this hub.`;
  throw new AppError('unauthenticated', NOT_INVITED, text);
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
