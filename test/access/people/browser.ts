import type { Answer } from '../../support/api.ts';

/** A browser as far as signing in goes: it keeps a cookie, and its page says the token of its session. */
export interface Browser {
  readonly url: string;
  /** The value of the session's cookie. */
  cookie(): string | undefined;
  setCookie(value: string | undefined): void;
  csrfToken(): string | undefined;
  send<T = unknown>(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer<T>>;
}

export function openBrowser(url: string, userAgent = 'Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0'): Browser {
  let [cookie, csrfToken]: (string | undefined)[] = [];
  return {
    url,
    cookie: () => cookie,
    setCookie: (value) => {
      cookie = value;
    },
    csrfToken: () => csrfToken,
    send: async <T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          'user-agent': userAgent,
          accept: 'application/fhir+json, application/json',
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(cookie === undefined ? {} : { cookie: `careloop=${cookie}` }),
          ...(csrfToken === undefined ? {} : { 'x-csrf-token': csrfToken }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const kept = /^careloop=([^;]*);(.*)$/.exec(response.headers.get('set-cookie') ?? '');
      if (kept) cookie = kept[1] || undefined;
      const text = await response.text();
      const said = text ? JSON.parse(text) : undefined;
      if (said?.csrfToken) csrfToken = said.csrfToken;
      return { status: response.status, headers: response.headers, body: said as T };
    },
  };
}

/** The code of the error an answer tells. */
export function codeOf({ body }: Answer<unknown>): string | undefined {
  const outcome = body as { issue?: { details?: { coding?: { code: string }[] } }[] } | undefined;
  return outcome?.issue?.[0]?.details?.coding?.[0]?.code;
}
