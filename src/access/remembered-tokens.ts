import type { Database } from '../db/database.ts';
import type { Caller } from '../fhir/caller.ts';
import { digestOf, type KnownToken, REVOKED_CHANNEL, readToken } from './clients.ts';

/**
 * How long a token that was good is taken for good without asking again, in ms. A revocation is heard of at once; this
 * is for the case that nobody notices that nothing is heard any more.
 */
export const REMEMBERED_MS = 5_000;

/** More programs than a hub has. When there are more, what is known is asked for again. */
const MOST_REMEMBERED = 10_000;

interface Remembered extends KnownToken {
  readonly since: Date;
}

/** Who tokens stand for, as one process remembers it. */
export interface TokenMemory {
  /**
   * The caller a token stands for; undefined when it is not good.
   * @param certificate the thumbprint of the certificate it was shown with
   */
  readonly callerOf: (token: string, now: Date, certificate?: string) => Promise<Caller | undefined>;
  /** The same by the digest of the token, where it is remembered, at once; undefined: it is to be asked for. */
  readonly remembered: (digest: string, now: Date, certificate?: string) => Caller | undefined;
  /** Called by who has revoked a token in this process: it need not wait for the announcement. */
  readonly forget: () => void;
}

/**
 * Remembers who tokens stand for. A program that calls again and again is looked up once
 * every few seconds. All that is remembered is forgotten when a revocation is announced; while announcements cannot be
 * heard, nothing is remembered.
 */
export function rememberTokens(db: Pick<Database, 'query' | 'listen'>): TokenMemory {
  const remembered = new Map<string, Remembered>();
  const hearing = hearRevocations(db, () => remembered.clear());
  const fresh = (key: string, now: Date): Remembered | undefined => {
    const known = hearing.isOn() ? remembered.get(key) : undefined;
    return known && isFresh(known, now) ? known : undefined;
  };
  const callerOf: TokenMemory['callerOf'] = async (token, now, certificate) => {
    hearing.ask();
    const key = digestOf(token);
    const known = fresh(key, now);
    if (known) return callerWith(known, certificate);
    const before = hearing.revocations();
    const read = await readToken(db, key, now);
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    // What was revoked while it was read must not be remembered as it was.
    if (read && hearing.isOn() && before === hearing.revocations()) remembered.set(key, { ...read, since: now });
    else remembered.delete(key);
    return read && callerWith(read, certificate);
  };
  return {
    callerOf,
    remembered: (digest, now, certificate) => {
      const known = fresh(digest, now);
      return known && callerWith(known, certificate);
    },
    forget: hearing.revoked,
  };
}

interface Hearing {
  /** Asks the database to announce, once; where that fails, again with the next caller. Nobody waits for it. */
  readonly ask: () => void;
  readonly isOn: () => boolean;
  /** Counts whatever may have been a revocation. */
  readonly revocations: () => number;
  readonly revoked: () => void;
}

function hearRevocations(db: Pick<Database, 'listen'>, forget: () => void): Hearing {
  let [isOn, isAsked, revocations] = [false, false, 0];
  const revoked = (): void => {
    revocations += 1;
    forget();
  };
  const onHearing = (isHeard: boolean): void => {
    isOn = isHeard;
    revoked();
  };
  return {
    ask: () => {
      if (isAsked) return;
      isAsked = true;
      db.listen(REVOKED_CHANNEL, revoked, onHearing).catch(() => {
        isAsked = false;
      });
    },
    isOn: () => isOn,
    revocations: () => revocations,
    revoked,
  };
}

/** A token that is bound to a certificate is good with that alone. @see https://www.rfc-editor.org/rfc/rfc8705#section-3 */
function callerWith({ caller, certificate }: KnownToken, shown: string | undefined): Caller | undefined {
  return certificate === undefined || certificate === shown ? caller : undefined;
}

function isFresh({ since, expiresAt }: Remembered, now: Date): boolean {
  const age = now.getTime() - since.getTime();
  return age >= 0 && age < REMEMBERED_MS && expiresAt > now;
}
