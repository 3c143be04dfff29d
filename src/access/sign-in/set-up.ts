import type { Database, Sql } from '../../db/database.ts';
import { lockNames } from '../../db/locks.ts';
import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Role } from '../../fhir/role.ts';
import { digestOf, newToken } from '../clients.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { insertPerson, isAnybodyThere, type NewPerson } from '../people/person.ts';
import { rolesProblem } from '../people/role-rights.ts';
import { type OpenedSession, openSession, type SignedIn } from '../sessions/session.ts';
import { requireGoodPassword } from './password-rule.ts';

const LOCK = 'people.set-up';

/**
 * A new code for the link by which a hub without people gets its first one; codes of earlier starts are good no more.
 * @returns undefined when there is somebody already
 */
export async function newSetUpCode(db: Database, now: Date): Promise<string | undefined> {
  return db.transaction(async (tx) => {
    await lockNames(tx, [LOCK]);
    if (await isAnybodyThere(tx)) return undefined;
    const code = newToken();
    await tx.query('DELETE FROM set_up_link');
    await tx.query('INSERT INTO set_up_link (digest, created_at) VALUES ($1, $2)', [bytesOf(code), now]);
    return code;
  });
}

/** Who is to be the first. */
export interface FirstPerson {
  readonly code: string;
  readonly name: string;
  readonly email: string;
  readonly password: string;
  readonly roles: readonly Role[];
}

/**
 * Makes the first person of the hub, and signs it in.
 * @throws AppError (403) when the code is not that of the last start, or was used; (422) when the password or the roles will not do
 */
export async function setUp(
  deps: PeopleDeps,
  { code, name, email, password, roles }: FirstPerson,
  from: Pick<SignedIn, 'userAgent' | 'requestId'>,
): Promise<OpenedSession> {
  // Before any work is done for a stranger.
  await requireCode(deps.db, code);
  const person: NewPerson = { id: deps.newId(), name, email, organizationId: deps.hubOrg, roles };
  requireRoles(person, deps.hubOrg);
  requireGoodPassword(password, person);
  const hash = await deps.passwords.hash(password);
  return deps.db.transaction(async (tx) => {
    const now = deps.now();
    await lockNames(tx, [LOCK]);
    await requireCode(tx, code);
    if (await isAnybodyThere(tx)) throw refused();
    await tx.query('DELETE FROM set_up_link');
    await insertPerson(tx, person, now);
    await tx.query('UPDATE person SET password = $2 WHERE id = $1', [person.id, hash]);
    const opened = await openSession(
      tx,
      deps.sessions,
      { ...from, personId: person.id, how: 'set-up', secondFactor: false },
      now,
    );
    const by = { kind: 'operator', organizationId: deps.hubOrg, personId: person.id, roles } as const;
    await recordIn(tx, by, now, [{ action: 'C', interaction: 'person-added', about_person: person.id }]);
    return opened;
  });
}

/** @throws AppError (422) when some roles cannot be had so */
export function requireRoles(person: NewPerson, hubOrg: string): void {
  const text = rolesProblem(person, hubOrg);
  if (text) throw new AppError('unprocessable', 'people.roles', text, { issues: [{ text, expression: 'roles' }] });
}

async function requireCode(sql: Sql, code: string): Promise<void> {
  const rows = await sql.query('SELECT 1 FROM set_up_link WHERE digest = $1', [bytesOf(code)]);
  if (rows.length === 0) throw refused();
}

function bytesOf(code: string): Buffer {
  return Buffer.from(digestOf(code), 'base64');
}

function refused(): AppError {
  const text =
    'This link is not good, or no more: it was used, or the hub was started anew. Take the link that the last start of the hub printed.';
  return new AppError('forbidden', 'people.set-up-link', text);
}
