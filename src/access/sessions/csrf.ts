import { createHash, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../errors.ts';

/**
 * What a page must say to change something, beside the cookie that browsers send by themselves. It follows from the
 * cookie, which no other site can read. Pure.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function csrfTokenOf(cookie: string): string {
  return createHash('sha256').update(`csrf ${cookie}`).digest('base64url');
}

/** What a request says of where it comes from. */
export interface Origin {
  readonly origin: string | undefined;
  readonly 'sec-fetch-site': string | undefined;
  readonly host: string | undefined;
}

/**
 * Refuses what a page of another site has a browser send, as far as the browser says so.
 * @param ownHosts the hosts of this hub's own addresses, beside that of the request
 * @throws AppError (403)
 */
export function requireOwnOrigin(said: Origin, ownHosts: readonly string[]): void {
  const site = said['sec-fetch-site'];
  const isOwnSite = site === undefined || site === 'same-origin' || site === 'none';
  const host = said.origin === undefined ? undefined : (URL.parse(said.origin)?.host ?? '');
  if (isOwnSite && (host === undefined || host === said.host || ownHosts.includes(host))) return;
  throw refused();
}

/** @throws AppError (403) unless a request that changes something says the token of its session */
export function requireCsrfToken(cookie: string, said: string | undefined): void {
  const wanted = Buffer.from(csrfTokenOf(cookie));
  const given = Buffer.from(said ?? '');
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) throw refused();
}

function refused(): AppError {
  const text =
    'What changes something must come from a page of this hub: send its csrfToken (GET /api/session) as X-CSRF-Token. Nothing was changed.';
  return new AppError('forbidden', 'people.csrf', text);
}
