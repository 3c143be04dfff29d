import type { Config } from '../../config.ts';
import { ALGORITHMS } from '../keys.ts';

/** Where the token endpoint is, below the address of the hub. */
export const TOKEN_PATH = '/oauth/token';

/**
 * The address of the token endpoint, as programs must name it in their assertions.
 * @param here how this server was called, where that can be believed
 */
export function tokenEndpoint({ PUBLIC_URL, HOST, PORT }: Addressed, here = `http://${HOST}:${PORT}`): string {
  return `${PUBLIC_URL?.replace(/\/$/, '') ?? here}${TOKEN_PATH}`;
}

export type Addressed = Pick<Config, 'PUBLIC_URL' | 'HOST' | 'PORT'>;

/** What programs find out before they ask for a token. @see https://hl7.org/fhir/smart-app-launch/STU2.2/conformance.html#using-well-known */
export function smartConfiguration(endpoint: string): object {
  return {
    token_endpoint: endpoint,
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: ALGORITHMS,
    grant_types_supported: ['client_credentials'],
    scopes_supported: ['system/*.cruds', 'system/*.rs', 'system/Task.cruds', 'system/Task.rs'],
    capabilities: ['client-confidential-asymmetric', 'permission-v1', 'permission-v2'],
  };
}
