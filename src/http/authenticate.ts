import type { Request, RequestHandler, Response } from 'express';
import { clientNamedBy, digestOf } from '../access/clients.ts';
import { keepVisit, readVisit, type Visit } from '../access/mailbox/visit.ts';
import type { TokenMemory } from '../access/remembered-tokens.ts';
import { cookieValue, forgetCookie } from '../access/sessions/cookie.ts';
import { requireCsrfToken, requireOwnOrigin } from '../access/sessions/csrf.ts';
import { keepInUse, readSession, type Session, type SessionSettings } from '../access/sessions/session.ts';
import type { Database } from '../db/database.ts';
import { AppError } from '../errors.ts';
import type { Caller } from '../fhir/caller.ts';
import { certificateOf } from './client-certificate.ts';

export interface AuthenticateDeps {
  readonly tokens: TokenMemory;
  readonly now: () => Date;
  readonly hubOrg: string;
  readonly db: Database;
  readonly sessions: SessionSettings;
  /** The hosts of this hub's own addresses. */
  readonly ownHosts: readonly string[];
  /** Whether agencies may answer by their mailbox here. */
  readonly mailboxAnswers: boolean;
}

/**
 * Finds out who asks: a program by its token, a person by its session, somebody at an agency's mailbox by their visit.
 * @throws AppError (401) for who presents neither, or what is not good
 */
export function authenticate(deps: AuthenticateDeps): RequestHandler {
  return (request, response, next) => {
    const shown = shownBy(request);
    const remembered = shown && byToken(deps, response, shown);
    if (!remembered) return findOut(deps, request, response, shown?.token).then(next);
    pass(deps, response, remembered);
    next();
    return undefined;
  };
}

/** A token, as it was shown. */
interface Shown {
  readonly header: string;
  readonly token: string;
  readonly digest: string;
}

/** What was shown last on each connection: a program shows the same with every request, and the digest of it is that of before. */
const shownLast = new WeakMap<object, Shown>();
const BEARER = /^Bearer (\S+)$/i;

/** The token that a request shows; undefined where it shows none. */
function shownBy({ headers, socket }: Request): Shown | undefined {
  const header = headers.authorization;
  if (header === undefined) return undefined;
  const before = shownLast.get(socket);
  if (before?.header === header) return before;
  const token = BEARER.exec(header)?.[1];
  if (token === undefined) return undefined;
  const shown = { header, token, digest: digestOf(token) };
  shownLast.set(socket, shown);
  return shown;
}

async function findOut(
  deps: AuthenticateDeps,
  request: Request,
  response: Response,
  token: string | undefined,
): Promise<void> {
  const caller = await (token
    ? deps.tokens.callerOf(token, deps.now(), thumbprintOf(response))
    : signedIn(deps, request, response));
  if (caller) return pass(deps, response, caller);
  if (token)
    (response.locals as { namedClient?: string | undefined }).namedClient = await clientNamedBy(deps.db, token);
  response.set('WWW-Authenticate', `Bearer realm="careloop"${token ? ', error="invalid_token"' : ''}`);
  throw new AppError('unauthenticated', 'access.token', 'Present a valid access token: Authorization: Bearer <token>.');
}

function pass({ hubOrg }: AuthenticateDeps, response: Response, caller: Caller): void {
  const { requestId } = response.locals as { requestId: string };
  response.locals.caller = { ...asPersonOfTheHub(caller, hubOrg), requestId };
}

/** Whom a token stands for, where that is remembered. Locals of a request that lasts may ask `mayGoOn`: whether it is still good. */
function byToken(deps: AuthenticateDeps, response: Response, { token, digest }: Shown): Caller | undefined {
  const thumbprint = thumbprintOf(response);
  response.locals.mayGoOn = async () => (await deps.tokens.callerOf(token, deps.now(), thumbprint)) !== undefined;
  return deps.tokens.remembered(digest, deps.now(), thumbprint);
}

function thumbprintOf(response: Response): string | undefined {
  return certificateOf(response)?.thumbprint;
}

/**
 * Who is signed in, as a caller; undefined where no session is presented.
 * @throws AppError (401) when it has ended; (403) when what changes something does not come from a page of this hub
 */
async function signedIn(deps: AuthenticateDeps, request: Request, response: Response): Promise<Caller | undefined> {
  const cookie = request.headers.authorization ? undefined : cookieValue(deps.sessions.cookie, request.headers.cookie);
  if (cookie === undefined) return undefined;
  const now = deps.now();
  const session = await readSession(deps.db, deps.sessions, cookie, now);
  const visit = session ? undefined : await readVisit(deps, cookie, now);
  if (visit) return visiting(deps, request, response, { visit, cookie, now });
  if (!session) {
    response.set('Set-Cookie', forgetCookie(deps.sessions.cookie));
    throw new AppError(
      'unauthenticated',
      'people.signed-out',
      'You are signed out, or were away too long. Sign in again.',
    );
  }
  // Denials from here on are recorded as this person's.
  (response.locals as { knownCaller?: Caller }).knownCaller = session.caller;
  if (!SAFE.has(request.method)) requireOwnPage(deps, request, cookie);
  // The stream of news is kept open by the page, not by who looks at it.
  if (!request.path.endsWith(STREAM)) await keepInUse(deps.db, session, now);
  (response.locals as { session?: Session }).session = session;
  response.locals.mayGoOn = async () => {
    const still = await readSession(deps.db, deps.sessions, cookie, deps.now());
    return still !== undefined && still.caller.breakGlassId === session.caller.breakGlassId;
  };
  return session.caller;
}

interface Visiting {
  readonly visit: Visit;
  readonly cookie: string;
  readonly now: Date;
}

/** Who came by a link and a code, as a caller that sees one Task. */
async function visiting(
  deps: AuthenticateDeps,
  request: Request,
  response: Response,
  { visit, cookie, now }: Visiting,
): Promise<Caller> {
  (response.locals as { knownCaller?: Caller }).knownCaller = visit.caller;
  if (!SAFE.has(request.method)) requireOwnPage(deps, request, cookie);
  await keepVisit(deps.db, visit, now);
  (response.locals as { visit?: Visit }).visit = visit;
  response.locals.mayGoOn = async () => (await readVisit(deps, cookie, deps.now())) !== undefined;
  return visit.caller;
}

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);
const STREAM = '/events';

function requireOwnPage(deps: AuthenticateDeps, request: Request, cookie: string): void {
  const { origin, host } = request.headers;
  requireOwnOrigin({ origin, host, 'sec-fetch-site': request.get('sec-fetch-site') }, deps.ownHosts);
  requireCsrfToken(cookie, request.get('x-csrf-token'));
}

/** What acts for the hub's own organization acts for its people. What a person may is said by its roles. */
function asPersonOfTheHub(caller: Caller, hubOrg: string): Caller {
  return caller.organizationId === hubOrg && !caller.roles ? { ...caller, kind: 'operator' } : caller;
}
