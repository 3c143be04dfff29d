import type { CryptoKey } from 'jose';

/** A key that a program signs with. */
export interface SigningKey {
  readonly alg: string;
  readonly kid: string;
  readonly privateKey: CryptoKey;
}

/** A program that is registered at the server, as which this command asks for tokens. */
export interface Program {
  readonly clientId: string;
  readonly key: SigningKey;
}

/** What a server is asked for beyond its API, so that its token endpoint can be seen at work. */
export interface Registrar {
  /** Registers another program. @returns its id */
  register(details: { readonly jwks?: object; readonly jwksUri?: string; readonly scopes: string[] }): Promise<string>;
}
