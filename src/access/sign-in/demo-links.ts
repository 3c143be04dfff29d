import type { Database, Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import { digestOf, newToken } from '../clients.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { requirePerson } from '../people/people.ts';
import { personById } from '../people/person.ts';
import { type OpenedSession, openSession } from '../sessions/session.ts';
import type { From } from './sign-in.ts';

const GOOD_FOR_MS = 12 * 3_600_000;

/**
 * Marks a store as that of a demo, before anything is in it; the database itself refuses it afterwards.
 * @throws Error in a sentence when something is in it already
 */
export async function markDemoStore(db: Database): Promise<void> {
  if (await isDemoStore(db)) return;
  try {
    await db.query('INSERT INTO demo_store DEFAULT VALUES ON CONFLICT DO NOTHING');
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== RESTRICTED) throw thrown;
    throw new Error(
      'DEMO_STORE is for a store that is made by this start, and something is in this one. Leave it out.',
    );
  }
}

/** What the triggers of `demo_store` and `sign_in_link` raise. */
const RESTRICTED = '23001';

async function isDemoStore(sql: Sql): Promise<boolean> {
  return (await sql.query('SELECT 1 FROM demo_store')).length > 0;
}

/** A link that signs somebody in without a password; told once. */
export interface SignInCode {
  readonly code: string;
  readonly expiresAt: Date;
}

/** Makes a link that signs a person in. @throws AppError (403) unless the store was made for a demo; (404) */
export async function demoLink(deps: PeopleDeps, caller: Caller, personId: string): Promise<SignInCode> {
  const code = newToken();
  return deps.db.transaction(async (tx) => {
    if (!(await isDemoStore(tx))) throw notADemo();
    const now = deps.now();
    const { id } = await requirePerson(tx, personId);
    const expiresAt = new Date(now.getTime() + GOOD_FOR_MS);
    const values = [bytesOf(code), id, expiresAt];
    await tx.query('INSERT INTO sign_in_link (digest, person_id, expires_at) VALUES ($1, $2, $3)', values);
    await recordIn(tx, caller, now, [{ action: 'C', interaction: 'invited', about_person: id }]);
    return { code, expiresAt };
  });
}

/** Signs in by such a link. @throws AppError (403) when it is not good, or no more */
export async function signInByLink(deps: PeopleDeps, code: string, from: From): Promise<OpenedSession> {
  return deps.db.transaction(async (tx) => {
    const now = deps.now();
    const [row] = await tx.query<{ person_id: string }>(
      'DELETE FROM sign_in_link WHERE digest = $1 AND expires_at > $2 RETURNING person_id',
      [bytesOf(code), now],
    );
    const person = row && (await personById(tx, row.person_id));
    if (!person?.active) throw notGood();
    return openSession(tx, deps.sessions, { ...from, personId: person.id, how: 'link', secondFactor: false }, now);
  });
}

function bytesOf(code: string): Buffer {
  return Buffer.from(digestOf(code), 'base64');
}

function notADemo(): AppError {
  const text =
    'Links sign people in only in the store of a demo, which was made for it (DEMO_STORE). Invite them instead.';
  return new AppError('forbidden', 'people.not-a-demo', text);
}

function notGood(): AppError {
  const text =
    'This link is not good, or no more: each is good once, and only in a demo. Sign in with e-mail and password.';
  return new AppError('forbidden', 'people.sign-in-link', text);
}
