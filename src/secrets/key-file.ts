import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { newKey, readKeys, type SecretKeys } from './keys.ts';

/** The file of the embedded store that holds its keys, in the same words as the setting. */
export const KEY_FILE = 'secrets.keys';

/**
 * The keys of an embedded store without the setting: in a file of its folder that only its owner can read, made at the
 * first start.
 * @throws Error in a sentence when the file cannot be used
 */
export function keysInFolder(folder: string): SecretKeys {
  const file = join(folder, KEY_FILE);
  const written = readIfThere(file) ?? make(file);
  const keys = readIn(file, written);
  if (keys.length === 0) throw new Error(`${file} holds no key. ${PUT_BACK}`);
  return keys;
}

const PUT_BACK = 'Put the file of your backup in its place: a new key opens nothing that the old one has sealed.';

function readIn(file: string, written: string): SecretKeys {
  try {
    return readKeys(written);
  } catch (thrown) {
    throw new Error(`${file} cannot be used. ${(thrown as Error).message} ${PUT_BACK}`);
  }
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw thrown;
  }
}

/** Flushed, since what it seals is flushed too. */
function make(file: string): string {
  const text = `${newKey()}\n`;
  const descriptor = openSync(file, 'wx', 0o600);
  writeSync(descriptor, text);
  fsyncSync(descriptor);
  closeSync(descriptor);
  return text;
}
