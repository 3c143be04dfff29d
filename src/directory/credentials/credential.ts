import { z } from 'zod';
import { readHeader } from '../../fhir/subscriptions/terms/header.ts';

const word = z.string().regex(/^[\x21-\x7e]{1,4000}$/, 'Give 1 to 4000 visible ASCII characters, without blanks.');
const address = z.string().max(2_000);

/** What the hub presents to a partner's server, as it is given. */
export const credentialSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('bearer'), token: word }),
  z.strictObject({
    kind: z.literal('basic'),
    // @see https://www.rfc-editor.org/rfc/rfc7617#section-2
    username: z.string().regex(/^[^:\p{Cc}]{1,200}$/u, 'A user name has 1 to 200 characters and no colon.'),
    password: z
      .string()
      .regex(/^\P{Cc}{1,1000}$/u, 'A password has 1 to 1000 characters, none of them control characters.'),
  }),
  z
    .strictObject({ kind: z.literal('header'), name: z.string().max(100), value: z.string().min(1).max(4_000) })
    .refine(({ name, value }) => readHeader(`${name}: ${value}`) !== undefined, {
      path: ['name'],
      error:
        'This is no header that can be sent: a name and one line of ASCII; Host, Content-Type and the like are set by the hub.',
    }),
  z.strictObject({
    kind: z.literal('smart-backend'),
    /** The token endpoint of the partner's server. */
    tokenUrl: address,
    /** What the hub is registered as there. */
    clientId: word,
    scope: z
      .string()
      .regex(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/, 'Write scopes with one blank between them.')
      .max(4_000),
  }),
]);

/** @see https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html for `smart-backend` */
export type Credential = z.infer<typeof credentialSchema>;

/** The header by which a credential is presented. Pure. @param token of `smart-backend`: as it was given */
export function headerOf(credential: Exclude<Credential, { kind: 'smart-backend' }>): [name: string, value: string] {
  switch (credential.kind) {
    case 'bearer':
      return ['authorization', `Bearer ${credential.token}`];
    case 'basic': {
      const { username, password } = credential;
      return ['authorization', `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`];
    }
    case 'header':
      return [credential.name, credential.value];
  }
}
