import { randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { AppError } from '../../errors.ts';

const SALT_BYTES = 16;
const KEY_BYTES = 32;
const BLOCK_SIZE = 8;
const PARALLELIZATION = 1;
/** Hashes made at once in a process: each takes 128 MiB. */
const AT_ONCE = 2;
/** Who comes when so many wait is asked to come again. */
const MOST_WAITING = 30;

/** Makes and compares the hashes that are kept of passwords. */
export interface PasswordHasher {
  /** @throws AppError (429) when too many are at it */
  readonly hash: (password: string) => Promise<string>;
  /**
   * Whether a password is the one of which a hash is kept. Without one, as much is done: how long it takes says nothing.
   * @throws AppError (429) when too many are at it
   */
  readonly verify: (password: string, kept: string | undefined) => Promise<boolean>;
  /** Whether a hash was made with less work than is asked for now. */
  readonly isOutdated: (kept: string) => boolean;
}

interface Hash {
  /** The base 2 logarithm of N. */
  readonly cost: number;
  readonly salt: Buffer;
  readonly key: Buffer;
}

/**
 * Hashes by scrypt, some at a time. The work and the salt stand in the hash, so that the work can be raised.
 * @param cost the base 2 logarithm of N
 * @see https://www.rfc-editor.org/rfc/rfc7914
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html#scrypt
 */
export function passwordHasher(cost: number): PasswordHasher {
  const inTurn = takeTurns();
  const nobodys: Hash = { cost, salt: randomBytes(SALT_BYTES), key: randomBytes(KEY_BYTES) };
  return {
    hash: async (password) => {
      const salt = randomBytes(SALT_BYTES);
      return written({ cost, salt, key: await inTurn(() => derive(password, salt, cost)) });
    },
    verify: async (password, kept) => {
      const { salt, key, cost: made } = kept === undefined ? nobodys : read(kept);
      const found = await inTurn(() => derive(password, salt, made));
      return timingSafeEqual(found, key) && kept !== undefined;
    },
    isOutdated: (kept) => read(kept).cost < cost,
  };
}

function derive(password: string, salt: Buffer, cost: number): Promise<Buffer> {
  const N = 2 ** cost;
  const limits = { N, r: BLOCK_SIZE, p: PARALLELIZATION, maxmem: 2 * 128 * N * BLOCK_SIZE };
  // What looks the same is the same, on whatever keyboard it was typed.
  const typed = password.normalize('NFKC');
  return new Promise((resolve, reject) => {
    scrypt(typed, salt, KEY_BYTES, limits, (thrown, key) => (thrown ? reject(thrown) : resolve(key)));
  });
}

function written({ cost, salt, key }: Hash): string {
  return ['scrypt', cost, BLOCK_SIZE, PARALLELIZATION, salt.toString('base64'), key.toString('base64')].join('$');
}

function read(kept: string): Hash {
  const [, cost, , , salt = '', key = ''] = kept.split('$');
  return { cost: Number(cost), salt: Buffer.from(salt, 'base64'), key: Buffer.from(key, 'base64') };
}

type Turns = <T>(work: () => Promise<T>) => Promise<T>;

function takeTurns(): Turns {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= AT_ONCE) {
      if (waiting.length >= MOST_WAITING) throw busy();
      await new Promise<void>((resolve) => waiting.push(resolve));
    } else running += 1;
    try {
      return await work();
    } finally {
      // A turn is handed on, so that nobody who comes now gets it before who has waited.
      const next = waiting.shift();
      if (next) next();
      else running -= 1;
    }
  };
}

function busy(): AppError {
  return new AppError('busy', 'people.busy', 'Many people are signing in at this moment. Try again in a few seconds.');
}
