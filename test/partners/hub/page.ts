const PATIENCE_MS = 20_000;

/**
 * Asks a hub as a page of it does.
 * @returns what it answers, and the cookie that the browser is to keep
 * @throws Error with what the hub said, when it refuses
 */
export async function ask(
  url: string,
  body: unknown,
  { method = 'POST', headers = {} }: { method?: string; headers?: Record<string, string> } = {},
): Promise<{ cookie: string | undefined; body: unknown }> {
  const response = await fetch(url, {
    method,
    headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${new URL(url).pathname}: ${response.status} ${text}`);
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0];
  return { cookie, body: text ? JSON.parse(text) : undefined };
}

/** The headers of who came in by what was answered: with its cookie, and the token of the page. */
export function asVisitor({ cookie, body }: Awaited<ReturnType<typeof ask>>): Record<string, string> {
  return { cookie: cookie ?? '', 'x-csrf-token': (body as { csrfToken: string }).csrfToken };
}
