import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import { digestOf, newToken } from '../clients.ts';
import { endSessions } from '../sessions/end.ts';
import { type OpenedSession, openSession, type SignedIn } from '../sessions/session.ts';
import { requireGoodPassword } from '../sign-in/password-rule.ts';
import { removeSecondFactor } from '../sign-in/second-factor.ts';
import { forgetAccount } from '../sign-in/tries.ts';
import type { PeopleDeps } from './deps.ts';
import { emailKey, type Person, personById } from './person.ts';
import { callerOf } from './role-rights.ts';

const GOOD_FOR_MS = 72 * 3_600_000;

/** What an administrator gives to whom it concerns; told once. */
export interface Invitation {
  readonly code: string;
  readonly expiresAt: Date;
}

/** Makes a link by which a person chooses a password; earlier ones of this person are good no more. */
export async function invite(tx: Sql, caller: Caller, personId: string, now: Date): Promise<Invitation> {
  const code = newToken();
  const expiresAt = new Date(now.getTime() + GOOD_FOR_MS);
  await tx.query('DELETE FROM invitation WHERE person_id = $1', [personId]);
  await tx.query('INSERT INTO invitation (digest, person_id, created_at, expires_at) VALUES ($1, $2, $3, $4)', [
    bytesOf(code),
    personId,
    now,
    expiresAt,
  ]);
  await recordIn(tx, caller, now, [{ action: 'C', interaction: 'invited', about_person: personId }]);
  return { code, expiresAt };
}

/** Whom a code invites. @throws AppError (403) when it is not good, or no more */
export async function invitedPerson(sql: Sql, code: string, now: Date, lock: '' | 'FOR UPDATE' = ''): Promise<Person> {
  const [row] = await sql.query<{ person_id: string }>(
    `SELECT person_id FROM invitation WHERE digest = $1 AND expires_at > $2 ${lock}`,
    [bytesOf(code), now],
  );
  const person = row && (await personById(sql, row.person_id, lock));
  if (person?.active) return person;
  const text =
    'This link is not good, or no more: each is good once, for 72 hours. Ask an administrator for a new one.';
  throw new AppError('forbidden', 'people.invitation', text);
}

/**
 * Takes an invitation: the password is the one that is chosen now. Who had one, and a second factor, has lost them, and
 * is signed out everywhere.
 * @throws AppError (403) when the code is not good, or no more; (422) when the password will not do
 */
export async function acceptInvitation(
  deps: PeopleDeps,
  { code, password }: { readonly code: string; readonly password: string },
  from: Pick<SignedIn, 'userAgent' | 'requestId'>,
): Promise<OpenedSession> {
  requireGoodPassword(password, await invitedPerson(deps.db, code, deps.now()));
  const hash = await deps.passwords.hash(password);
  return deps.db.transaction(async (tx) => {
    const now = deps.now();
    const person = await invitedPerson(tx, code, now, 'FOR UPDATE');
    const caller = callerOf(person, deps.hubOrg, undefined);
    await tx.query('DELETE FROM invitation WHERE person_id = $1', [person.id]);
    await tx.query('UPDATE person SET password = $2 WHERE id = $1', [person.id, hash]);
    await endSessions(tx, caller, person.id, 'all', now);
    if (person.credentials.secondFactor) await removeSecondFactor(tx, caller, person.id, now);
    await forgetAccount(tx, emailKey(person.email));
    await recordIn(tx, caller, now, [{ action: 'U', interaction: 'password-changed', about_person: person.id }]);
    return openSession(
      tx,
      deps.sessions,
      { ...from, personId: person.id, how: 'invitation', secondFactor: false },
      now,
    );
  });
}

/** Its address. The code stands behind `#`: browsers send that to nobody. */
export function invitationLink(hub: string, code: string): string {
  return `${hub}/invitation#${code}`;
}

function bytesOf(code: string): Buffer {
  return Buffer.from(digestOf(code), 'base64');
}
