import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { emailKey, personById } from '../people/person.ts';
import { endSessions } from '../sessions/end.ts';
import type { Session } from '../sessions/session.ts';
import { requireGoodPassword } from './password-rule.ts';
import { type Offered, offerSecondFactor, removeSecondFactor } from './second-factor.ts';
import type { From } from './sign-in.ts';
import { beginTry, forgetTries } from './tries.ts';

/** Somebody who is signed in, changing how they sign in. */
export interface Acting {
  readonly caller: Caller;
  readonly session: Session;
  readonly address: From['address'];
}

/**
 * Changes one's own password, and ends one's other sessions.
 * @throws AppError (422) when the present one is wrong, or the new one will not do
 */
export async function changePassword(deps: PeopleDeps, acting: Acting, current: string, next: string): Promise<void> {
  const { caller, session } = acting;
  await requirePassword(deps, acting, current, 'current');
  requireGoodPassword(next, session.person);
  const hash = await deps.passwords.hash(next);
  await deps.db.transaction(async (tx) => {
    const now = deps.now();
    await tx.query('UPDATE person SET password = $2 WHERE id = $1', [session.person.id, hash]);
    await endSessions(tx, caller, session.person.id, { allBut: session.id }, now);
    await recordIn(tx, caller, now, [
      { action: 'U', interaction: 'password-changed', about_person: session.person.id },
    ]);
  });
}

/**
 * Offers somebody who is signed in a second factor. With a stolen session alone nobody adds one of their own, by which its
 * owner would be locked out.
 * @throws AppError (422) when the password is wrong, or the hub has no key for secrets; (409) when there is one already
 */
export async function askForSecondFactor(deps: PeopleDeps, acting: Acting, password: string): Promise<Offered> {
  await requirePassword(deps, acting, password, 'password');
  return offerSecondFactor(deps, acting.session.person);
}

/** Takes one's own second factor away. @throws AppError (422) when the password is wrong */
export async function giveUpSecondFactor(deps: PeopleDeps, acting: Acting, password: string): Promise<void> {
  await requirePassword(deps, acting, password, 'password');
  await deps.db.transaction((tx) => removeSecondFactor(tx, acting.caller, acting.session.person.id, deps.now()));
}

/** A browser somebody left open is not them: it is counted as a try to sign in is. */
async function requirePassword(
  deps: PeopleDeps,
  { session, address }: Acting,
  password: string,
  expression: string,
): Promise<void> {
  const { id, email } = session.person;
  const trying = { email: emailKey(email), address };
  const { waits } = await beginTry(deps.db, trying, deps.now());
  const kept = (await personById(deps.db, id))?.credentials.password;
  if (!(await deps.passwords.verify(password, kept)) || waits) {
    const text = 'This is not your password, or too many tries were made. Try again, more slowly.';
    throw new AppError('unprocessable', 'people.wrong-password', text, { issues: [{ text, expression }] });
  }
  await forgetTries(deps.db, trying);
}
