import type { Sql } from '../db/database.ts';
import type { Caller } from '../fhir/caller.ts';
import { digestOf, type KnownToken, readToken } from './clients.ts';

/** How long a token that was good is taken for good without asking again: a revoked one is refused after this, in ms. */
export const REMEMBERED_MS = 5_000;

/** More programs than a hub has. When there are more, what is known is asked for again. */
const MOST_REMEMBERED = 10_000;

interface Remembered extends KnownToken {
  readonly since: Date;
}

/**
 * The caller a token stands for; undefined when it is not good. A program that calls again and again is looked up once
 * every few seconds.
 */
export function callersOfTokens(sql: Sql): (token: string, now: Date) => Promise<Caller | undefined> {
  const remembered = new Map<string, Remembered>();
  return async (token, now) => {
    const key = digestOf(token);
    const known = remembered.get(key);
    if (known && isFresh(known, now)) return known.caller;
    const read = await readToken(sql, key, now);
    if (remembered.size >= MOST_REMEMBERED) remembered.clear();
    if (read) remembered.set(key, { ...read, since: now });
    else remembered.delete(key);
    return read?.caller;
  };
}

function isFresh({ since, expiresAt }: Remembered, now: Date): boolean {
  const age = now.getTime() - since.getTime();
  return age >= 0 && age < REMEMBERED_MS && expiresAt > now;
}
