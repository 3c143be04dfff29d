import type { Caller, View } from '../../fhir/caller.ts';
import { storedTypes } from '../../fhir/definitions.ts';
import { ownRecordKeys, ownRecordTypes } from '../../fhir/own-record.ts';
import type { Role } from '../../fhir/role.ts';
import { ACTIONS, type Action, type Scope } from '../../fhir/scopes/scope.ts';
import { TYPES_FOR_EVERYBODY } from '../../fhir/sharing/readers.ts';
import type { Person } from './person.ts';

const READ: readonly Action[] = ['r', 's'];

/** What the hub works by, rather than what it is about. */
const CONFIGURATION: readonly string[] = [...TYPES_FOR_EVERYBODY, 'Endpoint'];

/** Neither about a client nor looked after by a case manager: the audit, and where news are sent. */
const APART: readonly string[] = ['AuditEvent', 'Subscription'];

function careTypes(): string[] {
  const others = new Set([...CONFIGURATION, ...APART]);
  return storedTypes().filter((type) => !others.has(type));
}

function scopes(types: readonly string[], actions: readonly Action[]): Scope[] {
  return types.map((type) => ({ type, actions, where: [] }));
}

/** What a role lets do at the FHIR API, beside reading directories and definitions. */
const RIGHTS: Readonly<Record<Role, () => Scope[]>> = {
  'case-manager': () => scopes(careTypes(), ACTIONS),
  supervisor: () => [...scopes(careTypes(), ACTIONS), ...scopes(['AuditEvent'], READ)],
  administrator: () => scopes(CONFIGURATION, ACTIONS),
  auditor: () => scopes(['AuditEvent'], READ),
  // Only with another role: it lets see more of what that one lets see.
  'protection-worker': () => [],
  'agency-worker': () => scopes(careTypes(), ACTIONS),
  'hospital-viewer': () => scopes(careTypes(), READ),
  client: () => scopes(['Patient', ...ownRecordTypes()], READ),
  // What there is for it, has routes of its own.
  mailbox: () => [],
};

/** For whom is what directories and definitions say, beside those who change them. An auditor sees the audit alone. */
const READS_DIRECTORIES: ReadonlySet<Role> = new Set<Role>([
  'case-manager',
  'supervisor',
  'agency-worker',
  'hospital-viewer',
  'client',
]);

const known = new Map<string, readonly Scope[]>();

/** What some roles let do at the FHIR API, as scopes. @param brokeGlass everything may be read too */
export function scopesOf(roles: readonly Role[], brokeGlass: boolean): readonly Scope[] {
  const name = `${[...roles].sort().join(' ')} ${brokeGlass}`;
  const made = known.get(name) ?? [
    ...roles.flatMap((role) => RIGHTS[role]()),
    ...(roles.some((role) => READS_DIRECTORIES.has(role)) ? scopes(CONFIGURATION, READ) : []),
    ...(brokeGlass ? scopes(careTypes(), READ) : []),
  ];
  known.set(name, made);
  return made;
}

/** Who asks when a person does. @param hubOrg the id of the hub's own Organization */
export function callerOf(
  person: Omit<Person, 'credentials'>,
  hubOrg: string,
  breakGlassId: string | undefined,
): Caller {
  const { id: personId, organizationId, roles } = person;
  const view = viewOf(person);
  return {
    kind: organizationId === hubOrg && !view ? 'operator' : 'client',
    organizationId,
    personId,
    roles,
    scopes: scopesOf(roles, breakGlassId !== undefined),
    ...(view ? { view } : {}),
    ...(breakGlassId === undefined ? {} : { breakGlassId }),
  };
}

/** The part of what its organization sees that a person sees. Pure. */
function viewOf({ roles, patientId }: Pick<Person, 'roles' | 'patientId'>): View | undefined {
  if (patientId !== undefined) return { kind: 'own-record', patientId, keys: ownRecordKeys(patientId) };
  return roles.includes('hospital-viewer') && !roles.includes('agency-worker') ? { kind: 'sent' } : undefined;
}

const OF_THE_HUB: ReadonlySet<Role> = new Set<Role>(['case-manager', 'supervisor', 'administrator', 'auditor']);
const OF_PARTNERS: ReadonlySet<Role> = new Set<Role>(['agency-worker', 'hospital-viewer']);

/** What of some roles cannot be had together, or not there, in a sentence; undefined when they can. Pure. */
export function rolesProblem(
  { roles, organizationId, patientId }: Pick<Person, 'roles' | 'organizationId' | 'patientId'>,
  hubOrg: string,
): string | undefined {
  if (roles.includes('client') !== (patientId !== undefined)) {
    return 'A client is said with patientId, the id of the Patient whose record it sees; nobody else is.';
  }
  if (roles.includes('client')) {
    return roles.length > 1
      ? 'A client has no other role. Make another account for what else this person does.'
      : undefined;
  }
  const [own, others] = organizationId === hubOrg ? [OF_THE_HUB, OF_PARTNERS] : [OF_PARTNERS, OF_THE_HUB];
  const misplaced = roles.find((role) => others.has(role));
  if (misplaced)
    return `The role ${misplaced} is ${own === OF_THE_HUB ? 'for people of partners' : "for the hub's own people"}.`;
  return roles.some((role) => own.has(role)) ? undefined : `Give one of these roles too: ${[...own].join(', ')}.`;
}
