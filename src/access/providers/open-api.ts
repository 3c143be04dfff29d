import { z } from 'zod';
import { providerBody, providerChangeBody, providerShown } from './api.ts';

/** The named shapes of identity providers, for the OpenAPI document. */
export const PROVIDER_SCHEMAS = {
  IdentityProvider: providerShown,
  IdentityProviderInput: providerBody,
  IdentityProviderChange: providerChangeBody,
  IdentityProviderList: z.object({ providers: z.array(providerShown) }),
};

/** Its addresses. */
export const PROVIDER_PATHS = {
  '/api/identity-providers': {
    get: {
      summary: 'The identity providers of organizations',
      answer: { status: 200, schema: 'IdentityProviderList', description: 'All of them, without secrets' },
    },
    post: {
      summary: 'Register the identity provider (OpenID Connect) of an organization',
      body: 'IdentityProviderInput',
      answer: { status: 201, schema: 'IdentityProvider', description: 'Registered' },
    },
  },
  '/api/identity-providers/{id}': {
    patch: {
      summary: 'Rename an identity provider, give it a new secret, or turn it off or on',
      body: 'IdentityProviderChange',
      answer: { status: 200, schema: 'IdentityProvider', description: 'Changed' },
    },
  },
  '/api/sign-in/oidc/{id}': {
    get: {
      summary:
        'Sign in at an identity provider: a browser goes here; ?returnTo= says which page of the hub comes after',
      answer: { status: 302, description: 'To the provider' },
    },
  },
  '/api/sign-in/oidc/{id}/back-channel-logout': {
    post: {
      summary: 'An identity provider tells that somebody has signed out there (OpenID Connect Back-Channel Logout)',
      answer: { status: 200, description: 'The sessions that were opened by it have ended' },
    },
  },
} as const;
