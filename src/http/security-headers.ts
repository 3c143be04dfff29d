import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet, { type HelmetOptions } from 'helmet';
import type { Config } from '../config.ts';
import { say } from './say.ts';

/** Headers for browsers. They are the same for every page, and for all data of the FHIR API, so they are worked out once. */
export function securityHeaders({ TLS_CERT_FILE }: Pick<Config, 'TLS_CERT_FILE'>): RequestHandler {
  // A proxy that speaks TLS for the hub says so itself.
  const strictTransportSecurity = TLS_CERT_FILE !== undefined;
  const ofPages = workedOut({ ...PAGES, strictTransportSecurity });
  const ofData = workedOut({ ...DATA, strictTransportSecurity });
  return (request, response, next) => {
    say(response, ...(isData(request.url) ? ofData : ofPages));
    next();
  };
}

/** Below /fhir, also in other letters, or after the name of the host: all of these are answered. */
function isData(url: string): boolean {
  return url.startsWith('/fhir/') || /^(?:https?:\/\/[^/?#]*)?\/fhir\//i.test(url);
}

const PAGES = {
  contentSecurityPolicy: {
    directives: { 'upgrade-insecure-requests': null, 'script-src': ["'self'"], 'style-src': ["'self'"] },
  },
} satisfies HelmetOptions;

/**
 * For programs: whoever opens it in a browser all the same is shown it, and nothing in it is run, loaded or framed. What speaks
 * of pages is left out.
 * @see https://cheatsheetseries.owasp.org/cheatsheets/REST_Security_Cheat_Sheet.html
 */
const DATA = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"], sandbox: [] },
  },
  xFrameOptions: { action: 'deny' },
  crossOriginOpenerPolicy: false,
  originAgentCluster: false,
  xDnsPrefetchControl: false,
  xDownloadOptions: false,
  xPermittedCrossDomainPolicies: false,
  xXssProtection: false,
} satisfies HelmetOptions;

/** Names and values in turn. */
function workedOut(options: HelmetOptions): readonly string[] {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet(options)(request, response, () => undefined);
  return response.getHeaderNames().flatMap((name) => [name, String(response.getHeader(name))]);
}
