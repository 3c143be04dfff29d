import type { Request, RequestHandler } from 'express';
import { hostInUrl } from '../config.ts';
import { AppError } from '../errors.ts';

/** A name or an address, and a port: without who asks, a path, or what else would mean another place in a link. */
const HOST = /^([A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?$/;

/** Those that were said already: a hub is called by few. */
const clear = new Set<string>();
const MOST_REMEMBERED = 100;

/**
 * Refuses who does not say clearly which host is meant: links in answers start with it, and what stands between might take it for another.
 * @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2
 */
export const clearHost: RequestHandler = (request, _response, next) => {
  const host = saidHost(request);
  if ((host === undefined || isClear(host)) && isSaidOnce(request.rawHeaders)) next();
  else
    throw new AppError('invalid', 'http.host', 'Host must name one host, and its port if need be: hub.example:8080.');
};

/** Where this server was called, e.g. `https://hub.example`: by its host, or where none was said (HTTP/1.0) by the address of the connection. */
export function calledAt(request: Request): string {
  return `${request.protocol}://${saidHost(request) ?? addressOf(request.socket)}`;
}

/** An address with the host in it says more than the header. @see https://www.rfc-editor.org/rfc/rfc9112#section-3.2.2 */
function saidHost({ originalUrl, headers }: Request): string | undefined {
  if (originalUrl.startsWith('/')) return headers.host || undefined;
  return /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(originalUrl)?.[1] ?? (headers.host || undefined);
}

function isClear(host: string): boolean {
  if (clear.has(host)) return true;
  const isOne = HOST.test(host) && URL.canParse(`http://${host}`);
  if (isOne && clear.size < MOST_REMEMBERED) clear.add(host);
  return isOne;
}

/** @param raw names and values in turn, as they were sent */
function isSaidOnce(raw: readonly string[]): boolean {
  let times = 0;
  for (let at = 0; at < raw.length; at += 2) if (raw[at]?.length === 4 && raw[at]?.toLowerCase() === 'host') times += 1;
  return times <= 1;
}

function addressOf({ localAddress = '', localPort }: Request['socket']): string {
  const address = localAddress.replace(/^::ffff:(?=\d+\.)/i, '');
  return `${hostInUrl(address)}:${localPort}`;
}
