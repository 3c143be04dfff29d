import type { RequestHandler } from 'express';
import { AppError } from '../errors.ts';
import type { Caller } from '../fhir/caller.ts';
import { MAILBOX, type Role } from '../fhir/role.ts';
import { requireWholeScope } from '../fhir/scopes/allowed.ts';
import { ACTIONS, type Action } from '../fhir/scopes/scope.ts';
import { noSuchAddress } from './not-found.ts';

/** Who reads everything for a time, beside what its roles let it do. */
type Part = Role | 'break-glass';

/**
 * What programs may: `hub`, those of the hub's own organization that may do everything; `hub-s`, those of them that may
 * search Tasks; an action on a type, those whose scopes have it, of whichever organization; `nothing`.
 */
type Programs = 'hub' | 'hub-s' | `${'Task' | 'Communication' | 'Endpoint' | 'Organization'}.${Action}` | 'nothing';

type Permission = readonly [methods: string, path: RegExp, people: readonly Part[] | 'anybody', programs: Programs];

const CARE: readonly Part[] = ['case-manager', 'supervisor'];
/** Those who have a part in a referral. */
const SIDES: readonly Part[] = [...CARE, 'agency-worker', 'hospital-viewer'];
const LOOPS: readonly Part[] = [...SIDES, 'break-glass'];
const CARE_READ: readonly Part[] = [...CARE, 'break-glass'];
const DISCLOSURES: readonly Part[] = [...CARE, 'auditor', 'break-glass'];

/** What may be done by whom beside the FHIR API, where scopes say it. Nothing is allowed that does not stand here. */
const PERMISSIONS: readonly Permission[] = [
  // Loops are read by those who may read the Tasks they are made of.
  ['GET', at('/loops'), LOOPS, 'Task.s'],
  ['POST', at('/loops/search'), LOOPS, 'Task.s'],
  ['GET', at('/loops/counts'), LOOPS, 'Task.s'],
  ['GET', at('/loops/*'), LOOPS, 'Task.r'],
  ['GET', at('/loops/*/timeline'), LOOPS, 'Task.r'],
  ['GET', at('/loops/*/messages'), LOOPS, 'Communication.s'],
  ['POST', at('/loops/*/messages'), SIDES, 'Communication.c'],
  ['POST', at('/loops/*/messages/read'), SIDES, 'Communication.u'],
  // One's own, and those that others of one's organization share.
  ['GET', at('/loop-filters'), LOOPS, 'nothing'],
  ['POST', at('/loop-filters'), SIDES, 'nothing'],
  ['PUT DELETE', at('/loop-filters/*'), SIDES, 'nothing'],
  // What is measured of the loops that one reads.
  ['GET', at('/measures'), LOOPS, 'Task.s'],
  ['GET', at('/measures/*'), LOOPS, 'Task.s'],
  ['GET', at('/measures/*/loops'), LOOPS, 'Task.s'],
  // The stream is of every loop; partners subscribe.
  ['GET', at('/events'), CARE_READ, 'hub-s'],
  ['GET', at('/loops/*/candidates'), CARE, 'hub'],
  ['POST', at('/loops/*/offers'), CARE, 'hub'],
  ['POST', at('/loops/*/take-on'), CARE, 'hub'],
  ['POST', at('/loops/*/reopen'), CARE, 'hub'],
  ['POST', at('/loops/*/close'), CARE, 'hub'],
  // What is asked of the client of a loop, and what that says.
  ['GET', at('/loops/*/confirmation'), CARE, 'hub'],
  ['POST', at('/loops/*/confirmation/answer'), CARE, 'hub'],
  ['POST', at('/loops/*/confirmation/link'), CARE, 'hub'],
  ['GET', at('/plans'), CARE_READ, 'hub'],
  ['GET', at('/plans/*'), CARE_READ, 'hub'],
  ['POST', at('/plans'), CARE, 'hub'],
  ['POST', at('/plans/*/activities/*/send'), CARE, 'hub'],
  ['POST', at('/plans/*/referrals'), CARE, 'hub'],
  ['POST', at('/deliveries/*/replay'), CARE, 'hub'],
  ['GET', at('/patients/*/disclosures'), DISCLOSURES, 'hub'],
  ['POST', at('/consent/decide'), CARE_READ, 'hub'],
  ['GET', at('/consents/*/disclosures'), DISCLOSURES, 'hub'],
  ['GET', at('/endpoints/*/credentials'), ['administrator'], 'Endpoint.r'],
  ['PUT DELETE', at('/endpoints/*/credentials'), ['administrator'], 'Endpoint.u'],
  // When organizations work is as open as that they are there.
  ['GET', at('/organizations/*/calendar'), [...LOOPS, 'administrator'], 'Organization.r'],
  ['PUT DELETE', at('/organizations/*/calendar'), ['administrator'], 'Organization.u'],
  ['GET POST', at('/clients'), ['administrator'], 'hub'],
  ['DELETE', at('/clients/*'), ['administrator'], 'hub'],
  ['PUT', at('/clients/*/keys'), ['administrator'], 'hub'],
  ['GET POST', at('/people'), ['administrator'], 'hub'],
  ['PATCH', at('/people/*'), ['administrator'], 'hub'],
  ['POST', at('/people/*/invitation'), ['administrator'], 'hub'],
  ['POST', at('/people/*/sign-in-link'), ['administrator'], 'hub'],
  ['DELETE', at('/people/*/sessions'), ['administrator'], 'hub'],
  ['GET POST', at('/identity-providers'), ['administrator'], 'hub'],
  ['PATCH', at('/identity-providers/*'), ['administrator'], 'hub'],
  ['GET DELETE', at('/session'), 'anybody', 'nothing'],
  ['GET DELETE', at('/sessions'), 'anybody', 'nothing'],
  ['DELETE', at('/sessions/*'), 'anybody', 'nothing'],
  ['PUT', at('/account/password'), 'anybody', 'nothing'],
  ['POST PUT DELETE', at('/account/second-factor'), 'anybody', 'nothing'],
  // Of the one Task that its link is for: no address names any. Files are found among what is shown for it.
  ['GET DELETE', at('/mailbox'), [MAILBOX], 'nothing'],
  ['POST', at('/mailbox/answer'), [MAILBOX], 'nothing'],
  ['GET POST', at('/mailbox/messages'), [MAILBOX], 'nothing'],
  ['POST', at('/mailbox/messages/read'), [MAILBOX], 'nothing'],
  ['GET', at('/mailbox/files/*/*/*'), [MAILBOX], 'nothing'],
  ['POST', at('/break-glass'), ['administrator'], 'nothing'],
  ['GET', at('/break-glass'), ['supervisor', 'auditor'], 'hub'],
  ['POST', at('/break-glass/*/seen'), ['supervisor'], 'nothing'],
  // One's own; a supervisor anybody's.
  ['DELETE', at('/break-glass/*'), ['administrator', 'supervisor'], 'nothing'],
];

/** @param path with `*` for an id */
function at(path: string): RegExp {
  return new RegExp(`^${path.replaceAll('*', '[^/]+')}/?$`, 'i');
}

/**
 * Lets pass who may do below /api what is asked.
 * @throws AppError (403) that says which role or scope is missing; (404) where there is nothing to be done
 */
export const permissions: RequestHandler = (request, response, next) => {
  const { caller } = response.locals as { caller: Caller };
  const method = request.method === 'HEAD' ? 'GET' : request.method;
  const found = PERMISSIONS.find(([methods, path]) => methods.split(' ').includes(method) && path.test(request.path));
  if (caller.roles) requireRole(caller, found);
  else requireProgram(caller, found);
  next();
};

/**
 * Lets pass who may ask the FHIR API at all; scopes say the rest.
 * @throws AppError (403) for who came by a mailbox: what there is for it, has addresses of its own
 */
export const fhirPermissions: RequestHandler = (_request, response, next) => {
  const { caller } = response.locals as { caller: Caller };
  if (caller.roles?.includes(MAILBOX))
    throw new AppError(
      'forbidden',
      'people.role',
      'The FHIR API is for programs, and for people who have an account here.',
    );
  next();
};

function requireRole(caller: Caller, found: Permission | undefined): void {
  const parts: readonly Part[] = [...(caller.roles ?? []), ...(caller.breakGlassId ? ['break-glass' as const] : [])];
  if (!found) throw noSuchAddress();
  const [, , people] = found;
  // Who has an account: whoever comes by a mailbox has none.
  if (people === 'anybody' ? !parts.includes(MAILBOX) : people.some((part) => parts.includes(part))) return;
  if (people === 'anybody')
    throw new AppError('forbidden', 'people.role', 'This is for people who have an account here.');
  const wanted = people.filter((part) => part !== 'break-glass').join(' or ');
  const text =
    wanted === MAILBOX
      ? "This is for who came by a link and a code to an organization's mailbox."
      : `This is for the role ${wanted}. An administrator gives roles.`;
  throw new AppError('forbidden', 'people.role', text);
}

function requireProgram(caller: Caller, found: Permission | undefined): void {
  const programs = found?.[3] ?? 'hub';
  if (programs === 'nothing') {
    throw new AppError('forbidden', 'people.person-only', 'This is for people who have signed in, not for programs.');
  }
  if (programs === 'hub') for (const action of ACTIONS) requireWholeScope(caller, action, '*');
  else {
    const [type = '', action] =
      programs === 'hub-s' ? ['Task', 's' as const] : (programs.split('.') as [string, Action]);
    requireWholeScope(caller, action, type);
  }
  if (!found) throw noSuchAddress();
  if (!programs.startsWith('hub') || caller.kind === 'operator') return;
  throw new AppError('forbidden', 'access.operator-only', 'Only people at the hub may do this.');
}
