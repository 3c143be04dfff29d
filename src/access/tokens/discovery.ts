import { type Config, ownAddress } from '../../config.ts';
import { ALGORITHMS } from '../keys.ts';

/** Where the token endpoint is, below the address of the hub. */
export const TOKEN_PATH = '/oauth/token';

/**
 * The address of the token endpoint, as programs must name it in their assertions.
 * @param here how this server was called, where that can be believed
 */
export function tokenEndpoint(config: Addressed, here = ownAddress(config)): string {
  return `${config.PUBLIC_URL ?? here}${TOKEN_PATH}`;
}

export type Addressed = Pick<
  Config,
  'PUBLIC_URL' | 'HOST' | 'PORT' | 'TLS_CERT_FILE' | 'TLS_CLIENT_CERTS' | 'TLS_CLIENT_CERT_HEADER'
>;

/** @see https://www.rfc-editor.org/rfc/rfc8705#section-2 */
const CERTIFICATE_METHODS = ['tls_client_auth', 'self_signed_tls_client_auth'] as const;

/** What programs find out before they ask for a token. @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known */
export function smartConfiguration(endpoint: string, config: Addressed): object {
  const { TLS_CERT_FILE, TLS_CLIENT_CERTS, TLS_CLIENT_CERT_HEADER } = config;
  const takesCertificates =
    TLS_CLIENT_CERT_HEADER !== undefined || (TLS_CERT_FILE !== undefined && TLS_CLIENT_CERTS !== 'none');
  return {
    token_endpoint: endpoint,
    token_endpoint_auth_methods_supported: ['private_key_jwt', ...(takesCertificates ? CERTIFICATE_METHODS : [])],
    // @see https://www.rfc-editor.org/rfc/rfc8705#section-3.3
    tls_client_certificate_bound_access_tokens: takesCertificates,
    token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    grant_types_supported: ['client_credentials'],
    // It must be said, whether or not there are apps that people launch.
    code_challenge_methods_supported: ['S256'],
    scopes_supported: ['system/*.cruds', 'system/*.rs', 'system/Task.cruds', 'system/Task.rs'],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
  };
}
