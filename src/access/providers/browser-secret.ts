import { createHmac } from 'node:crypto';
import { newToken } from '../clients.ts';
import { readCookie, type SessionCookie } from '../sessions/cookie.ts';

/** How long somebody may take to sign in at a provider, in seconds. */
const LONGEST_S = 600;

/**
 * What binds a sign-in to the browser that began it: a secret that this browser alone keeps, and that everything else
 * follows from. The hub itself keeps nothing, so any of its processes can go on with it.
 */
export interface BrowserSecret {
  readonly secret: string;
  /** The page that is shown afterwards: a path of this hub. */
  readonly returnTo: string;
}

/** @param returnTo where to go afterwards, as a page said it; what is no path of this hub is left out */
export function newBrowserSecret(returnTo: string | undefined): BrowserSecret {
  return { secret: newToken(), returnTo: ownPath(returnTo) };
}

/** What goes to the provider and comes back, and what only the hub can show it for. Pure. */
export function proofsOf(
  { secret }: BrowserSecret,
  providerId: string,
): { state: string; nonce: string; verifier: string } {
  const derived = (what: string): string =>
    createHmac('sha256', secret).update(`${what} ${providerId}`).digest('base64url');
  return { state: derived('state'), nonce: derived('nonce'), verifier: derived('code verifier') };
}

/** The cookie that keeps it: like that of a session, for some minutes. */
export function signInCookie({ name, attributes }: SessionCookie): SessionCookie {
  return { name: `${name}-sign-in`, attributes: `${attributes}; Max-Age=${LONGEST_S}` };
}

/** The value of the cookie. */
export function toCookie({ secret, returnTo }: BrowserSecret): string {
  return `${secret}.${Buffer.from(returnTo).toString('base64url')}`;
}

/** Undefined when the browser has none, e.g. because it took too long. */
export function fromCookie(cookie: SessionCookie, header: string | undefined): BrowserSecret | undefined {
  const [, secret, path] = /^([A-Za-z0-9_-]{43})\.([A-Za-z0-9_-]*)$/.exec(readCookie(cookie, header) ?? '') ?? [];
  if (!secret || path === undefined) return undefined;
  return { secret, returnTo: ownPath(Buffer.from(path, 'base64url').toString()) };
}

const ANY_ORIGIN = 'http://hub.invalid';
const LONGEST_PATH = 1_000;

/** A path of this hub and of no other: `//elsewhere` and `/\elsewhere` are none. */
function ownPath(path: string | undefined): string {
  if (!path?.startsWith('/') || path.length > LONGEST_PATH) return '/';
  const address = URL.parse(path, ANY_ORIGIN);
  return address?.origin === ANY_ORIGIN ? `${address.pathname}${address.search}` : '/';
}
