import { AppError } from '../../errors.ts';
import { byCommand } from '../../fhir/audit/record/door.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import { endSessions } from '../sessions/end.ts';
import { personBody } from './api.ts';
import type { PeopleDeps } from './deps.ts';
import { type Invitation, invitationLink, invite } from './invitations.ts';
import { addPerson, type PersonInput } from './people.ts';
import { listPeople, personByEmail } from './person.ts';

export const PEOPLE_USAGE = `\
  careloop people list
      lists who may sign in
  careloop people invite --email <address> --name <name> --role <role> [--role …] [--organization <id>] [--patient <id>]
      adds somebody, and prints the link by which they choose a password
  careloop people invite --email <address>
      prints a new link for somebody who is there: also for who lost a password or a second factor
  careloop people sign-out --email <address>
      signs somebody out everywhere
  careloop people sign-out --everybody
      signs everybody out, and takes all invitations back: after an older state of the store was put back`;

/** What may follow these commands, beside what follows those about programs. */
export const PEOPLE_OPTIONS = {
  email: { type: 'string' },
  role: { type: 'string', multiple: true },
  patient: { type: 'string' },
  everybody: { type: 'boolean' },
} as const;

export interface PeopleOptions {
  readonly email?: string | undefined;
  readonly name?: string | undefined;
  readonly role?: string[] | undefined;
  readonly organization?: string | undefined;
  readonly patient?: string | undefined;
  readonly everybody?: boolean | undefined;
}

type CommandDeps = PeopleDeps & { readonly hubAddress: (request: { get(name: string): string | undefined }) => string };

/** Looking after people from the command line. @returns the exit code */
export const peopleCommands = {
  'people list': async ({ db }: CommandDeps): Promise<number> => {
    for (const { id, name, email, organizationId, roles, active, credentials } of await listPeople(db)) {
      const how = active ? (credentials.password ? 'active' : 'invited') : 'inactive';
      console.log([id, organizationId, how, roles.join(' '), email, name].join('\t'));
    }
    return 0;
  },
  'people invite': async (deps: CommandDeps, options: PeopleOptions): Promise<number> => {
    const { code, expiresAt } = await invitationFor(deps, options);
    // Nobody has called: the address is as it is set.
    const hub = deps.hubAddress({ get: () => undefined });
    console.log(`expires     ${expiresAt.toISOString()}\ninvitation  ${invitationLink(hub, code)}`);
    return 0;
  },
  'people sign-out': async (deps: CommandDeps, { email, everybody }: PeopleOptions): Promise<number> => {
    if (everybody) return signEverybodyOut(deps);
    const person = await personByEmail(deps.db, required(email));
    if (!person) throw unknown();
    const ended = await deps.db.transaction((tx) =>
      endSessions(tx, byCommand(deps.hubOrg), person.id, 'all', deps.now()),
    );
    console.log(`${ended} sessions ended`);
    return 0;
  },
};

/** What was ended, or used, after a backup was made is good again once that is put back. */
async function signEverybodyOut(deps: CommandDeps): Promise<number> {
  const by = byCommand(deps.hubOrg);
  const [ended, taken] = await deps.db.transaction(async (tx) => {
    const said = { action: 'E', interaction: 'command', query: 'people sign-out --everybody' } as const;
    await recordIn(tx, by, deps.now(), [said]);
    const open = await tx.query<{ id: string }>(
      'SELECT DISTINCT person_id AS id FROM session WHERE ended_at IS NULL ORDER BY id',
    );
    let sessions = 0;
    for (const { id } of open) sessions += await endSessions(tx, by, id, 'all', deps.now());
    return [sessions, (await tx.query('DELETE FROM invitation RETURNING 1')).length] as const;
  });
  console.log(`${ended} sessions ended\n${taken} invitations taken back`);
  return 0;
}

async function invitationFor(deps: CommandDeps, options: PeopleOptions): Promise<Invitation> {
  const known = await personByEmail(deps.db, required(options.email));
  if (known) return deps.db.transaction((tx) => invite(tx, byCommand(deps.hubOrg), known.id, deps.now()));
  return (await addPerson(deps, byCommand(deps.hubOrg), inputOf(deps, options))).invitation;
}

/** @throws AppError (400) in a sentence */
function inputOf({ hubOrg }: CommandDeps, { email, name, role, organization, patient }: PeopleOptions): PersonInput {
  const said = { email, name, roles: role, organizationId: organization ?? hubOrg, patientId: patient };
  const read = personBody.safeParse(said);
  if (read.success) return read.data;
  const text = read.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`).join(' ');
  throw new AppError('invalid', 'request.not-valid', text);
}

function required(email: string | undefined): string {
  if (email) return email;
  throw new Error(`Say whom by --email.\n\n${PEOPLE_USAGE}`);
}

function unknown(): AppError {
  return new AppError('notFound', 'people.no-such-person', 'There is no such person here.');
}
