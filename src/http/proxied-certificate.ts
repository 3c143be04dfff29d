import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Request } from 'express';
import type { Config } from '../config.ts';
import { type ClientCertificate, describeCertificate } from './client-certificate.ts';

/** The extended key usage of who connects. @see https://www.rfc-editor.org/rfc/rfc5280#section-4.2.1.12 */
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
/** More programs than a proxy has before it; when there are more, certificates are read again. */
const MOST_REMEMBERED = 1_000;
const LONGEST = 16_000;

type Settings = Pick<Config, 'TLS_CLIENT_CERT_HEADER' | 'TLS_CLIENT_CA_FILE' | 'TRUSTED_PROXIES'>;

/**
 * Reads the certificate that a program has shown to the proxy before this hub, from the header that the proxy puts it into:
 * as RFC 9440 writes it, or as PEM with percent signs (nginx, HAProxy). It is believed of the proxies of TRUSTED_PROXIES
 * alone. Who has issued it is judged here, by TLS_CLIENT_CA_FILE.
 * @returns undefined where no such header is set
 * @throws Error in a sentence when the settings do not fit
 * @see https://www.rfc-editor.org/rfc/rfc9440
 */
export function proxiedCertificates(
  config: Settings,
): ((request: Request) => ClientCertificate | undefined) | undefined {
  const { TLS_CLIENT_CERT_HEADER: header, TRUSTED_PROXIES } = config;
  if (header === undefined) return undefined;
  if (TRUSTED_PROXIES === undefined) {
    throw new Error('TLS_CLIENT_CERT_HEADER needs TRUSTED_PROXIES: anybody else could write that header.');
  }
  const authorities = authoritiesIn(config.TLS_CLIENT_CA_FILE);
  const remembered = new Map<string, ClientCertificate | null>();
  return (request) => {
    const said = request.get(header);
    if (!said || said.length > LONGEST || !isProxy(request)) return undefined;
    const known = remembered.get(said);
    if (known !== undefined) return known ?? undefined;
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    const read = readCertificate(said);
    const described = read ? describeCertificate(read, isIssued(read, authorities)) : null;
    remembered.set(said, described);
    return described ?? undefined;
  };
}

/** Whether what is connected to this hub, not what it says it speaks for, is a proxy that is believed. */
function isProxy({ app, socket }: Request): boolean {
  const trusts = app.get('trust proxy fn') as (address: string | undefined, hop: number) => boolean;
  return trusts(socket.remoteAddress, 0);
}

function readCertificate(said: string): X509Certificate | undefined {
  try {
    const [, encoded] = /^:([A-Za-z0-9+/]+={0,2}):$/.exec(said.trim()) ?? [];
    return new X509Certificate(encoded === undefined ? decodeURIComponent(said) : Buffer.from(encoded, 'base64'));
  } catch {
    // Not a certificate: then none was shown.
    return undefined;
  }
}

function authoritiesIn(file: string | undefined): X509Certificate[] {
  if (file === undefined) return [];
  const pems = readFileSync(file, 'utf8').match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
  return pems.map((pem) => new X509Certificate(pem));
}

/** By one of the authorities themselves: those between must stand in the file, too. */
function isIssued(certificate: X509Certificate, authorities: readonly X509Certificate[]): boolean {
  const usages = certificate.keyUsage;
  if (usages && !usages.includes(CLIENT_AUTH)) return false;
  return authorities.some(
    (authority) => authority.ca && certificate.checkIssued(authority) && certificate.verify(authority.publicKey),
  );
}
