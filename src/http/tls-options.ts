import { readFileSync } from 'node:fs';
import type { ServerOptions } from 'node:https';
import type { Config } from '../config.ts';

const HANDSHAKE_MS = 10_000;

/**
 * How the hub speaks TLS itself; undefined when it does not. A certificate that nobody vouches for is let through where
 * certificates are optional: it may be one that a program has registered.
 * @throws Error in a sentence when the settings do not fit, or a file cannot be read
 */
export function tlsOptions(config: Config): ServerOptions | undefined {
  const { TLS_CERT_FILE, TLS_KEY_FILE, TLS_CLIENT_CERTS, TLS_CLIENT_CA_FILE } = config;
  const problem = problemOf(config);
  if (problem) throw new Error(problem);
  if (TLS_CERT_FILE === undefined || TLS_KEY_FILE === undefined) return undefined;
  return {
    cert: read('TLS_CERT_FILE', TLS_CERT_FILE),
    key: read('TLS_KEY_FILE', TLS_KEY_FILE),
    minVersion: 'TLSv1.2',
    handshakeTimeout: HANDSHAKE_MS,
    requestCert: TLS_CLIENT_CERTS !== 'none',
    rejectUnauthorized: TLS_CLIENT_CERTS === 'required',
    // Without authorities of one's own none is believed, and not those the system knows.
    ca: TLS_CLIENT_CA_FILE === undefined ? [] : read('TLS_CLIENT_CA_FILE', TLS_CLIENT_CA_FILE),
  };
}

function problemOf({ TLS_CERT_FILE, TLS_KEY_FILE, TLS_CLIENT_CERTS, TLS_CLIENT_CA_FILE }: Config): string | undefined {
  if ((TLS_CERT_FILE === undefined) !== (TLS_KEY_FILE === undefined)) {
    return 'TLS needs both TLS_CERT_FILE and TLS_KEY_FILE. Set the other one too, or neither.';
  }
  if (TLS_CLIENT_CERTS !== 'none' && TLS_CERT_FILE === undefined) {
    return 'TLS_CLIENT_CERTS needs TLS_CERT_FILE: certificates are shown to who speaks TLS.';
  }
  if (TLS_CLIENT_CERTS === 'required' && TLS_CLIENT_CA_FILE === undefined) {
    return 'TLS_CLIENT_CERTS=required needs TLS_CLIENT_CA_FILE: the authorities that vouch for them.';
  }
  return undefined;
}

function read(setting: string, file: string): Buffer {
  try {
    return readFileSync(file);
  } catch {
    throw new Error(`The file of ${setting} cannot be read.`);
  }
}
