import { createHash, type X509Certificate } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';

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
 * The certificate of who sends a request; undefined where it came without one, or without TLS.
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-2
 */
export function certificateOf({ socket }: Pick<IncomingMessage, 'socket'>): ClientCertificate | undefined {
  if (!isTls(socket)) return undefined;
  const before = known.get(socket);
  if (before !== undefined) return before ?? undefined;
  const certificate = socket.getPeerX509Certificate();
  const read = certificate ? readCertificate(certificate, socket.authorized) : null;
  known.set(socket, read);
  return read ?? undefined;
}

function isTls(socket: object): socket is TLSSocket {
  return 'getPeerX509Certificate' in socket;
}

function readCertificate(certificate: X509Certificate, isTrusted: boolean): ClientCertificate {
  return {
    thumbprint: createHash('sha256').update(certificate.raw).digest('base64url'),
    subject: (certificate.subject ?? '').split('\n').reverse().join(','),
    isTrusted,
    validFrom: new Date(certificate.validFrom),
    validTo: new Date(certificate.validTo),
  };
}
