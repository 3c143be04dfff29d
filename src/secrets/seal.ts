import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { AppError } from '../errors.ts';
import type { SecretKey, SecretKeys } from './keys.ts';

/** What a secret is, and whose: it is opened as that and as nothing else. */
export interface Belonging {
  /** E.g. `header`. */
  readonly kind: string;
  /** E.g. `Endpoint/12`. */
  readonly owner: string;
}

const CIPHER = 'aes-256-gcm';
/** Random, and so many that even 2^32 secrets under one key are safe. @see https://doi.org/10.6028/NIST.SP.800-38D (8.3) */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Seals a text by the first key, as `<key id>.<base64url>`. What it is and whose is bound to it: moved to another row it
 * does not open.
 * @throws AppError (422, `secrets.no-key`) when the hub has no key
 */
export function sealText(keys: SecretKeys, text: string, belonging: Belonging): string {
  const first = requireKey(keys);
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, first.key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(boundTo(first.id, belonging));
  const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()]);
  return `${first.id}.${Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url')}`;
}

const NO_KEY =
  'This hub has no key to seal secrets with, so it takes none. Its operator sets SECRETS_KEYS (`npx careloop secrets new-key` makes one) and starts it anew.';

/**
 * The key that seals.
 * @param expression where the secret stands that somebody sends
 * @throws AppError (422, `secrets.no-key`) when the hub has none
 */
export function requireKey([first]: SecretKeys, expression?: string): SecretKey {
  if (first) return first;
  throw new AppError('unprocessable', 'secrets.no-key', NO_KEY, { issues: [{ text: NO_KEY, expression }] });
}

/**
 * Opens what `sealText` has sealed, for the same belonging.
 * @throws AppError (500, `secrets.not-opened`) that says why, and nothing of what is in it
 */
export function openText(keys: SecretKeys, sealed: string, belonging: Belonging): string {
  const id = keyIdOf(sealed);
  const found = keys.find((each) => each.id === id);
  if (!found) throw notOpened(`the key ${id} is not among SECRETS_KEYS. Give it back, behind the others`);
  const bytes = Buffer.from(sealed.slice(id.length + 1), 'base64url');
  if (bytes.length < NONCE_BYTES + TAG_BYTES) throw notOpened('it is cut off. Set it anew');
  const decipher = createDecipheriv(CIPHER, found.key, bytes.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(boundTo(id, belonging));
  decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
  try {
    return decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
  } catch {
    throw notOpened(`it was changed, moved, or sealed by another key of the id ${id}. Set it anew`);
  }
}

/** The id of the key that has sealed a text. */
export function keyIdOf(sealed: string): string {
  return sealed.slice(0, Math.max(sealed.indexOf('.'), 0));
}

function boundTo(keyId: string, { kind, owner }: Belonging): Buffer {
  return Buffer.from(JSON.stringify(['careloop', keyId, kind, owner]));
}

function notOpened(why: string): AppError {
  return new AppError('fault', 'secrets.not-opened', `A secret of this hub cannot be opened: ${why}.`);
}
