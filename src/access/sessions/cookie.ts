/** The cookie that a browser keeps a session by. */
export interface SessionCookie {
  readonly name: string;
  /** What its attributes are, beside name and value. */
  readonly attributes: string;
}

/**
 * Only over https, only to this very host, and never to scripts. A hub that is tried out on its own machine by plain
 * http cannot have it so: not every browser takes a Secure cookie there.
 * @param isTrial whether people reach the hub by http on loopback
 * @see https://www.rfc-editor.org/rfc/rfc6265#section-4.1
 */
export function sessionCookie(isTrial: boolean): SessionCookie {
  const attributes = 'Path=/; HttpOnly; SameSite=Lax';
  return isTrial ? { name: 'careloop', attributes } : { name: '__Host-careloop', attributes: `${attributes}; Secure` };
}

/** The Set-Cookie header that has a browser keep a value, until it is closed or the session ends. */
export function keepCookie({ name, attributes }: SessionCookie, value: string): string {
  return `${name}=${value}; ${attributes}`;
}

/** The Set-Cookie header that has a browser forget it. */
export function forgetCookie({ name, attributes }: SessionCookie): string {
  return `${name}=; ${attributes}; Max-Age=0`;
}

/** The value of the cookie in a request's Cookie header; undefined where there is none, or one that is none of ours. */
export function cookieValue(cookie: SessionCookie, header: string | undefined): string | undefined {
  const value = readCookie(cookie, header);
  return value !== undefined && /^[A-Za-z0-9_-]{43}$/.test(value) ? value : undefined;
}

/** What stands in a request's Cookie header under a name, whatever it is. */
export function readCookie({ name }: Pick<SessionCookie, 'name'>, header: string | undefined): string | undefined {
  for (const pair of header?.split(';') ?? []) {
    const [said, value] = pair.trim().split('=', 2);
    if (said === name) return value;
  }
  return undefined;
}
