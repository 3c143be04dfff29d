import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { emailKey, type Person, personByEmail, personById } from '../people/person.ts';
import { type OpenedSession, openSession, type SignedIn } from '../sessions/session.ts';
import { provesSecondFactor } from './second-factor.ts';
import { beginTry, forgetTries, type Trying, takeBackTry } from './tries.ts';

/** What somebody says to sign in. */
export interface Said {
  readonly email: string;
  readonly password: string;
  /** Of the second factor, or a recovery code. */
  readonly code?: string | undefined;
}

/** From where. */
export interface From extends Pick<SignedIn, 'userAgent' | 'requestId'> {
  /** The network address that the request came from; of IPv6 its network, since whoever has one of it has them all. */
  readonly address: string;
}

/**
 * Signs somebody in. Who is unknown, says a wrong password, or has to wait is told the same, after the same work.
 * @throws AppError (401); (429) when too many tries came from this address, or too many sign in at this moment
 */
export async function signIn(deps: PeopleDeps, said: Said, from: From): Promise<OpenedSession> {
  const trying: Trying = { email: emailKey(said.email), address: from.address };
  const { waits } = await beginTry(deps.db, trying, deps.now()).catch(async (thrown: unknown) => {
    if (thrown instanceof AppError) await keepRefusal(deps, undefined, from, thrown.code);
    throw thrown;
  });
  const person = await personByEmail(deps.db, said.email);
  const kept = person?.credentials.password;
  const isRight = await deps.passwords.verify(said.password, kept);
  if (!person || !kept || !isRight || waits || !person.active) {
    await keepRefusal(deps, person, from, waits ? 'people.waits' : 'people.sign-in');
    throw refused();
  }
  const renewed = deps.passwords.isOutdated(kept) ? await deps.passwords.hash(said.password) : undefined;
  return settle(deps, { person, trying, from, code: said.code, renewed });
}

interface RightPassword {
  readonly person: Person;
  readonly trying: Trying;
  readonly from: From;
  readonly code: string | undefined;
  /** Its hash, made anew with more work. */
  readonly renewed: string | undefined;
}

/** The password was right: the second factor, and the session. */
async function settle(deps: PeopleDeps, right: RightPassword): Promise<OpenedSession> {
  const { person, trying, from, code } = right;
  const hasSecondFactor = person.credentials.secondFactor;
  if (hasSecondFactor && code === undefined) {
    await takeBackTry(deps.db, trying);
    const text = 'Say the code of your second factor too, or one of your recovery codes.';
    throw new AppError('unauthenticated', 'people.second-factor-needed', text);
  }
  const opened = await deps.db.transaction(async (tx) => {
    // What was changed since it was read counts: who lost the password in this moment does not get in by the old one.
    const now = await personById(tx, person.id, 'FOR UPDATE');
    if (!now?.active || now.credentials.password !== person.credentials.password) return undefined;
    if (hasSecondFactor && !(await provesSecondFactor(tx, deps, person, code ?? ''))) return undefined;
    return open(tx, deps, right, hasSecondFactor);
  });
  if (opened) return opened;
  await keepRefusal(deps, person, from, 'people.second-factor');
  throw refused();
}

async function open(
  tx: Sql,
  deps: PeopleDeps,
  { person, trying, from, renewed }: RightPassword,
  secondFactor: boolean,
): Promise<OpenedSession> {
  await forgetTries(tx, trying);
  if (renewed) await tx.query('UPDATE person SET password = $2 WHERE id = $1', [person.id, renewed]);
  const { userAgent, requestId } = from;
  return openSession(
    tx,
    deps.sessions,
    { personId: person.id, how: 'password', secondFactor, userAgent, requestId },
    deps.now(),
  );
}

/** Keeps who was refused, as far as it is known. */
export async function keepRefusal(
  { noteRefusal }: PeopleDeps,
  person: Person | undefined,
  { requestId }: Pick<From, 'requestId'>,
  refusal: string,
): Promise<void> {
  const named = person && { id: person.id, organizationId: person.organizationId, roles: person.roles.join(' ') };
  await noteRefusal({ interaction: 'sign-in', refusal, person: named, requestId });
}

function refused(): AppError {
  const text =
    'E-mail address, password or code are not right, or too many tries were made. Try again, more slowly; an administrator can give you a new link.';
  return new AppError('unauthenticated', 'people.sign-in', text);
}
