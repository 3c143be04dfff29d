import { IncomingMessage, ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { RequestHandler } from 'express';
import helmet from 'helmet';
import type { Config } from '../config.ts';

/** Headers for browsers. They are the same for every answer, so they are worked out once. */
export function securityHeaders({ TLS_CERT_FILE }: Pick<Config, 'TLS_CERT_FILE'>): RequestHandler {
  const headers = workedOut(TLS_CERT_FILE !== undefined);
  return (_request, response, next) => {
    for (const [name, value] of headers) response.setHeader(name, value);
    next();
  };
}

function workedOut(isEncrypted: boolean): readonly [name: string, value: string][] {
  const request = new IncomingMessage(new Socket());
  const response = new ServerResponse(request);
  helmet({
    contentSecurityPolicy: {
      directives: {
        'upgrade-insecure-requests': null,
        'script-src': ["'self'"],
        'style-src': ["'self'"],
      },
    },
    // A proxy that speaks TLS for the hub says so itself.
    strictTransportSecurity: isEncrypted,
  })(request, response, () => undefined);
  return response.getHeaderNames().map((name) => [name, String(response.getHeader(name))]);
}
