/** What a token endpoint says when it refuses. @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2 */
export type OAuthCode = 'invalid_request' | 'invalid_client' | 'unsupported_grant_type' | 'invalid_scope';

/**
 * A token is refused: by the error the specification names, a reason that is kept in the audit, and a sentence for the
 * people who look after the program.
 */
export class TokenRefused extends Error {
  readonly code: OAuthCode;
  /** Stable, e.g. `assertion-expired`. */
  readonly reason: string;
  /** The registered program that asks, where that is known. */
  readonly clientId: string | undefined;

  constructor(code: OAuthCode, reason: string, text: string, clientId?: string) {
    super(text);
    this.name = 'TokenRefused';
    this.code = code;
    this.reason = reason;
    this.clientId = clientId;
  }

  get status(): number {
    return this.code === 'invalid_client' ? 401 : 400;
  }
}
