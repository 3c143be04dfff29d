import type { Database } from '../db/database.ts';
import type { SecretKeys } from './keys.ts';
import { checkSecrets, rotateSecrets } from './rotate.ts';
import type { Belonging } from './seal.ts';

export const SECRET_USAGE = `\
  careloop secrets new-key
      prints a new key for SECRETS_KEYS
  careloop secrets rotate
      seals every secret by the first of SECRETS_KEYS; exit code 1 when one could not be opened
  careloop secrets check
      opens every secret and says which key sealed how many; exit code 1 when one cannot be opened`;

interface SecretDeps {
  readonly db: Database;
  readonly secretKeys: SecretKeys;
}

/** Looking after secrets from the command line. @returns the exit code */
export const secretCommands = {
  'secrets rotate': async ({ db, secretKeys }: SecretDeps): Promise<number> => {
    const { resealed, notOpened } = await rotateSecrets(db, secretKeys);
    console.log(`${resealed} secrets were sealed by the key ${secretKeys[0]?.id}`);
    return told(notOpened);
  },
  'secrets check': async ({ db, secretKeys }: SecretDeps): Promise<number> => {
    const { byKey, notOpened } = await checkSecrets(db, secretKeys);
    for (const [id, count] of byKey) console.log(`${count} secrets are sealed by the key ${id}`);
    if (byKey.size === 0) console.log('there are no secrets');
    return told(notOpened);
  },
};

function told(notOpened: readonly Belonging[]): number {
  for (const { kind, owner } of notOpened) console.log(`${kind} of ${owner} cannot be opened`);
  return notOpened.length > 0 ? 1 : 0;
}
