import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';

/** A key that secrets are sealed with, and the id that stands in what it has sealed. */
export interface SecretKey {
  readonly id: string;
  readonly key: KeyObject;
}

/** The keys of a hub: the first seals, all of them open. None at all: the hub takes no secrets. */
export type SecretKeys = readonly SecretKey[];

const KEY_BYTES = 32;
const KEY = /^([A-Za-z0-9_-]{1,40}):([A-Za-z0-9+/]{43}=)$/;

/**
 * Reads keys written as `id:base64-of-32-bytes`, separated by commas or lines. Pure.
 * @throws Error in a sentence that does not repeat what was written
 */
export function readKeys(text: string): SecretKeys {
  const written = text.split(/[\s,]+/).filter((each) => each !== '');
  const keys = written.map((each) => {
    const [, id = '', base64 = ''] = KEY.exec(each) ?? [];
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length !== KEY_BYTES) throw new Error(NOT_A_KEY);
    return { id, key: createSecretKey(bytes) };
  });
  if (new Set(keys.map(({ id }) => id)).size < keys.length) throw new Error(SAME_ID);
  return keys;
}

const NOT_A_KEY =
  'A key of secrets is written as id:base64-of-32-bytes; several are separated by commas. `npx careloop secrets new-key` makes one.';
const SAME_ID = 'Two keys of secrets have the same id. Give each an id of its own: what is sealed names its key by it.';

/** A new key, as it is written in the settings. */
export function newKey(): string {
  return `k${randomBytes(4).toString('hex')}:${randomBytes(KEY_BYTES).toString('base64')}`;
}
