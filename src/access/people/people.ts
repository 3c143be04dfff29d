import type { Sql } from '../../db/database.ts';
import { lockNames } from '../../db/locks.ts';
import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import type { Role } from '../../fhir/role.ts';
import { endSessions } from '../sessions/end.ts';
import type { PeopleDeps } from './deps.ts';
import { type Invitation, invite } from './invitations.ts';
import { insertPerson, type NewPerson, type Person, personById } from './person.ts';
import { rolesProblem } from './role-rights.ts';

/** Who is to be added. */
export type PersonInput = Omit<NewPerson, 'id'>;

/**
 * Adds somebody, with the link by which they choose a password.
 * @throws AppError (409) when somebody has this e-mail address already; (422) when organization, roles or patient will not do
 */
export async function addPerson(
  deps: PeopleDeps,
  caller: Caller,
  input: PersonInput,
): Promise<{ person: Person; invitation: Invitation }> {
  const person: NewPerson = { ...input, id: deps.newId() };
  return deps.db.transaction(async (tx) => {
    const now = deps.now();
    await requirePlace(tx, person, deps.hubOrg);
    if (!(await insertPerson(tx, person, now))) throw taken();
    await recordIn(tx, caller, now, [{ action: 'C', interaction: 'person-added', about_person: person.id }]);
    const invitation = await invite(tx, caller, person.id, now);
    return { person: await requirePerson(tx, person.id), invitation };
  });
}

/** What of a person is changed. */
export interface PersonChange {
  readonly name?: string | undefined;
  readonly roles?: readonly Role[] | undefined;
  readonly active?: boolean | undefined;
}

/**
 * Changes what a person is called, is, or whether it may sign in. Another role, or none any more, ends all sessions.
 * @throws AppError (404) when there is no such person; (422) when the roles will not do, or nobody would be left to
 * administer the hub
 */
export async function changePerson(
  deps: PeopleDeps,
  caller: Caller,
  id: string,
  change: PersonChange,
): Promise<Person> {
  return deps.db.transaction(async (tx) => {
    const now = deps.now();
    // One at a time: two administrators who take each other's role away would leave none.
    await lockNames(tx, ['people.administrators']);
    const before = await requirePerson(tx, id, 'FOR UPDATE');
    const { name = before.name, roles = before.roles, active = before.active } = change;
    requireFit({ ...before, roles }, deps.hubOrg);
    await tx.query('UPDATE person SET name = $2, roles = $3::text[], active = $4 WHERE id = $1', [
      id,
      name,
      roles,
      active,
    ]);
    if (isAdministrator(before)) await requireAdministrator(tx);
    const entry = { action: 'U', interaction: 'person-changed', about_person: id } as const;
    await recordIn(tx, caller, now, [entry]);
    if (change.roles !== undefined || change.active !== undefined) await loseRights(tx, caller, id, now);
    return requirePerson(tx, id);
  });
}

/** Nothing that was opened with other rights goes on. */
async function loseRights(tx: Sql, caller: Caller, id: string, now: Date): Promise<void> {
  await endSessions(tx, caller, id, 'all', now);
  await tx.query('UPDATE break_glass SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL', [id, now]);
}

/** @throws AppError (404) */
export async function requirePerson(sql: Sql, id: string, lock: '' | 'FOR UPDATE' = ''): Promise<Person> {
  const person = await personById(sql, id, lock);
  if (person) return person;
  throw new AppError('notFound', 'people.no-such-person', 'There is no such person here.');
}

async function requirePlace(sql: Sql, person: NewPerson, hubOrg: string): Promise<void> {
  requireFit(person, hubOrg);
  const { organizationId, patientId } = person;
  if (!(await isThere(sql, 'Organization', organizationId))) {
    throw unfit('There is no such Organization here. Create it first.', 'organizationId');
  }
  if (patientId !== undefined && !(await isThere(sql, 'Patient', patientId))) {
    throw unfit('There is no such Patient here.', 'patientId');
  }
}

function requireFit(person: Pick<Person, 'roles' | 'organizationId' | 'patientId'>, hubOrg: string): void {
  const text = rolesProblem(person, hubOrg);
  if (text) throw unfit(text, 'roles');
}

async function isThere(sql: Sql, type: string, id: string): Promise<boolean> {
  const rows = await sql.query('SELECT 1 FROM resource WHERE type = $1 AND id = $2 AND NOT deleted', [type, id]);
  return rows.length > 0;
}

function isAdministrator({ roles, active }: Person): boolean {
  return active && roles.includes('administrator');
}

async function requireAdministrator(tx: Sql): Promise<void> {
  const rows = await tx.query(`SELECT 1 FROM person WHERE active AND 'administrator' = ANY (roles) LIMIT 1`);
  if (rows.length === 0)
    throw unfit('Nobody would be left to administer the hub. Make somebody else an administrator first.', 'roles');
}

function unfit(text: string, expression: string): AppError {
  return new AppError('unprocessable', 'people.not-fit', text, { issues: [{ text, expression }] });
}

function taken(): AppError {
  const text = 'Somebody has this e-mail address already. Change that person, or give another address.';
  return new AppError('duplicate', 'people.email', text, { issues: [{ text, expression: 'email' }] });
}
