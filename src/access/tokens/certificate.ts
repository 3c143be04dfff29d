import { hash } from 'node:crypto';
import type { JSONWebKeySet } from 'jose';
import { type Client, type ClientKeys, findClient } from '../clients.ts';
import type { AssertionDeps } from './assertion.ts';
import { TokenRefused } from './oauth-error.ts';

/** What is known of the certificate that a program has shown. */
export interface ShownCertificate {
  readonly thumbprint: string;
  readonly subject: string;
  readonly isTrusted: boolean;
  readonly validFrom: Date;
  readonly validTo: Date;
}

/**
 * Finds out who a program is by the certificate it has shown: by its subject where an authority known here has issued
 * it, or by itself where it is among the keys of the program.
 * @throws TokenRefused (`invalid_client`) saying which rule it breaks
 * @see https://www.rfc-editor.org/rfc/rfc8705#section-2
 */
export async function verifyCertificate(
  deps: AssertionDeps,
  clientId: string,
  shown: ShownCertificate | undefined,
  now: Date,
): Promise<Client> {
  const client = await findClient(deps.db, clientId);
  if (!client?.certificate) {
    throw refused('unknown-client', 'client_id is not the id of a program that signs in by a certificate here.');
  }
  const { id, certificate } = client;
  if (!shown) throw refused('certificate-missing', 'Show your certificate when you connect.', id);
  if (now < shown.validFrom || now > shown.validTo) {
    throw refused('certificate-expired', 'It is not good yet, or not any more.', id);
  }
  if ('subject' in certificate) requireSubject(certificate.subject, shown, id);
  else await requireRegistered(deps, certificate.keys, shown, now, id);
  return client;
}

function requireSubject(subject: string, shown: ShownCertificate, id: string): void {
  if (!shown.isTrusted) throw refused('certificate-not-trusted', 'No authority that is known here has issued it.', id);
  if (shown.subject !== subject) throw refused('certificate-subject', "Its subject is not this program's.", id);
}

async function requireRegistered(
  { keysAt }: AssertionDeps,
  keys: ClientKeys,
  { thumbprint }: ShownCertificate,
  now: Date,
  id: string,
): Promise<void> {
  if ('jwks' in keys) {
    if (holds(keys.jwks, thumbprint)) return;
  } else {
    const address = keys.jwksUri;
    // One that is not known may be a new one.
    if (holds(await keysAt(address, now), thumbprint) || holds(await keysAt(address, now, 'anew'), thumbprint)) return;
  }
  throw refused('certificate-not-registered', 'It is not among the keys of this program (x5c).', id);
}

/** @see https://www.rfc-editor.org/rfc/rfc8705#section-2.2.2 */
function holds(jwks: JSONWebKeySet | undefined, thumbprint: string): boolean {
  return (jwks?.keys ?? []).some(({ x5c }) => {
    const own: unknown = Array.isArray(x5c) ? x5c[0] : undefined;
    return typeof own === 'string' && hash('sha256', Buffer.from(own, 'base64'), 'base64url') === thumbprint;
  });
}

function refused(reason: string, why: string, id?: string): TokenRefused {
  return new TokenRefused('invalid_client', reason, `The certificate is not accepted. ${why}`, id);
}
