import { z } from 'zod';

const id = z
  .string()
  .regex(/^[a-z0-9-]{1,40}$/, 'An id is written with a to z, 0 to 9 and -; it stands in an address.');
const name = z.string().trim().min(1, 'Say what people are shown on the button.').max(100);
const clientSecret = z.string().min(1).max(1_000);

export const providerBody = z.strictObject({
  id,
  name,
  issuer: z.url().max(1_000).describe('The address below which /.well-known/openid-configuration is published'),
  clientId: z.string().min(1).max(500),
  clientSecret,
  organizationId: z
    .string()
    .regex(/^[A-Za-z0-9\-.]{1,64}$/)
    .describe('Whose people it knows; it signs in nobody else'),
});

export type ProviderInput = z.infer<typeof providerBody>;

export const providerChangeBody = z.strictObject({
  name: name.optional(),
  clientSecret: clientSecret.optional(),
  active: z.boolean().optional(),
});

export type ProviderChange = z.infer<typeof providerChangeBody>;

export const providerShown = z.object({
  id: z.string(),
  name: z.string(),
  issuer: z.string(),
  clientId: z.string(),
  organizationId: z.string(),
  active: z.boolean(),
  callback: z.url().describe('The address to be registered at the provider, as a redirect URI'),
  backChannelLogout: z.url().describe('Where the provider may tell that somebody has signed out there'),
});
