import { createHash } from 'node:crypto';
import type { Database, Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';

/** How tries that fail are slowed down, as data. Times in ms. */
interface Policy {
  /** So many may fail, one after the other, without waiting. */
  readonly free: number;
  /** The first wait after that; each further one is twice as long. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * What is counted. An account from one address is slowed down soon; the account as a whole late and never for long, so
 * that somebody who guesses elsewhere does not keep its owner out; an address that tries many accounts, late.
 */
const POLICIES = {
  'account-from-address': { free: 5, firstMs: 30_000, longestMs: 900_000 },
  account: { free: 50, firstMs: 10_000, longestMs: 60_000 },
  address: { free: 50, firstMs: 10_000, longestMs: 900_000 },
} as const satisfies Readonly<Record<string, Policy>>;

type Counted = keyof typeof POLICIES;

/** After so long without a try, earlier ones are forgotten. */
export const TRIES_FORGOTTEN_MS = 86_400_000;

/** Who tries, and from where. */
export interface Trying {
  readonly email: string;
  readonly address: string;
}

interface TriesRow {
  readonly key: Buffer;
  readonly times: number;
  readonly last_at: Date;
  readonly waits_until: Date;
}

/** How long tries wait after so many have failed, in ms. Pure. */
export function waitAfter(times: number, { free, firstMs, longestMs }: Policy): number {
  return times < free ? 0 : Math.min(firstMs * 2 ** (times - free), longestMs);
}

/**
 * Counts a try before it is known how it ends, so that many at once are counted too.
 * @returns whether the account waits: the try is refused then, whatever the password
 * @throws AppError (429) when the address waits; this says nothing of any account
 */
export async function beginTry(db: Database, trying: Trying, now: Date): Promise<{ readonly waits: boolean }> {
  const waiting = await db.transaction(async (tx) => {
    const found: Counted[] = [];
    for (const [what, key] of keysOf(trying)) if (await countOne(tx, key, POLICIES[what], now)) found.push(what);
    return found;
  });
  if (waiting.includes('address')) {
    const text = 'Too many tries to sign in came from your address. Wait a few minutes, then try again.';
    throw new AppError('busy', 'people.too-many-tries', text);
  }
  return { waits: waiting.length > 0 };
}

/** @returns whether it waits; what waits is not counted further */
async function countOne(tx: Sql, key: Buffer, policy: Policy, now: Date): Promise<boolean> {
  const [row] = await tx.query<TriesRow>(
    `INSERT INTO sign_in_tries (key, times, last_at, waits_until) VALUES ($1, 0, $2, $2)
     ON CONFLICT (key) DO UPDATE SET key = excluded.key RETURNING *`,
    [key, now],
  );
  if (!row || row.waits_until > now) return row !== undefined;
  const before = now.getTime() - row.last_at.getTime() > TRIES_FORGOTTEN_MS ? 0 : row.times;
  const until = new Date(now.getTime() + waitAfter(before + 1, policy));
  await tx.query('UPDATE sign_in_tries SET times = $2, last_at = $3, waits_until = $4 WHERE key = $1', [
    key,
    before + 1,
    now,
    until,
  ]);
  return false;
}

/** It was right: the account's tries are forgotten. The address keeps those for other accounts. */
export async function forgetTries(sql: Sql, trying: Trying): Promise<void> {
  const keys = keysOf(trying);
  await sql.query('DELETE FROM sign_in_tries WHERE key = ANY ($1::bytea[])', [
    keys.filter(([what]) => what !== 'address').map(([, key]) => key),
  ]);
  await takeBack(
    sql,
    keys.filter(([what]) => what === 'address').map(([, key]) => key),
  );
}

/** It was neither right nor wrong: it does not count. */
export async function takeBackTry(sql: Sql, trying: Trying): Promise<void> {
  await takeBack(
    sql,
    keysOf(trying).map(([, key]) => key),
  );
}

async function takeBack(sql: Sql, keys: readonly Buffer[]): Promise<void> {
  await sql.query(
    `UPDATE sign_in_tries SET times = greatest(times - 1, 0), waits_until = last_at WHERE key = ANY ($1::bytea[])`,
    [keys],
  );
}

/** In one order, so that two tries at once do not wait for each other. No address stands in the database. */
function keysOf({ email, address }: Trying): (readonly [Counted, Buffer])[] {
  const said: (readonly [Counted, string])[] = [
    ['account-from-address', JSON.stringify([email, address])],
    ['account', email],
    ['address', address],
  ];
  const keys = said.map(([what, text]) => [what, createHash('sha256').update(`${what} ${text}`).digest()] as const);
  return keys.sort(([, a], [, b]) => a.compare(b));
}

/** Forgets the tries that count for an account as a whole, from wherever: its owner has proved who they are. */
export async function forgetAccount(sql: Sql, email: string): Promise<void> {
  const [, key] = keysOf({ email, address: '' }).find(([what]) => what === 'account') ?? [];
  await sql.query('DELETE FROM sign_in_tries WHERE key = $1', [key]);
}
