import type { IncomingMessage } from 'node:http';

/**
 * A header of a request as it was sent; undefined where it was not. As express's `request.get`, which looks at the name
 * each time.
 * @param name in small letters
 */
export function header({ headers }: Pick<IncomingMessage, 'headers'>, name: Lowercase<string>): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
