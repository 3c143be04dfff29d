import { createHash, type X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Request, RequestHandler, Response } from 'express';

/** The certificate that a program has shown, and proved to have the key of, when it connected. */
export interface ClientCertificate {
  /** The `x5t#S256` of RFC 8705: base64url of the SHA-256 of its DER. */
  readonly thumbprint: string;
  /** As RFC 4514 writes it: the most specific first. */
  readonly subject: string;
  /** Whether an authority of TLS_CLIENT_CA_FILE has issued it, and it was good when it was shown. */
  readonly isTrusted: boolean;
  readonly validFrom: Date;
  readonly validTo: Date;
}

/** Worked out once for each connection: it cannot change while that lasts. */
const known = new WeakMap<object, ClientCertificate | null>();

/**
 * Finds out, once for each request, by what certificate it was sent; `certificateOf` says it.
 * @param proxied reads what a proxy says; where there is such, the connection itself is the proxy's and says nothing
 */
export function shownCertificate(
  proxied: ((request: Request) => ClientCertificate | undefined) | undefined,
): RequestHandler {
  const read = proxied ?? ofConnection;
  return (request, response, next) => {
    (response.locals as Shown).certificate = read(request);
    next();
  };
}

interface Shown {
  certificate?: ClientCertificate | undefined;
}

/** The certificate of who sends a request; undefined where it came without one. */
export function certificateOf({ locals }: Pick<Response, 'locals'>): ClientCertificate | undefined {
  return (locals as Shown).certificate;
}

/**
 * The certificate of a connection; undefined where it has none, or no TLS.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-2
 */
function ofConnection({ socket }: Pick<IncomingMessage, 'socket'>): ClientCertificate | undefined {
  if (!isTls(socket)) return undefined;
  const before = known.get(socket);
  if (before !== undefined) return before ?? undefined;
  const certificate = socket.getPeerX509Certificate();
  const read = certificate ? describeCertificate(certificate, socket.authorized) : null;
  known.set(socket, read);
  return read ?? undefined;
}

function isTls(socket: object): socket is TLSSocket {
  return 'getPeerX509Certificate' in socket;
}

/** What is to be known of a certificate. Pure. */
export function describeCertificate(certificate: X509Certificate, isTrusted: boolean): ClientCertificate {
  return {
    thumbprint: createHash('sha256').update(certificate.raw).digest('base64url'),
    subject: (certificate.subject ?? '').split('\n').reverse().join(','),
    isTrusted,
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
  };
}
