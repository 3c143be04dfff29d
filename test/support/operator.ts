import { randomUUID } from 'node:crypto';
import { keepToken, newToken, registerClient } from '../../src/access/clients.ts';
import type { Database } from '../../src/db/database.ts';
import type { FreshStore } from './database.ts';

/** The hub's own organization. */
const HUB_ORGANIZATION = 'careloop';

/** Clocks of tests may be years ahead. */
const NEVER = new Date('2999-12-31T00:00:00Z');

const tokens = new Map<string, string>();

/**
 * Registers a program of the hub's own organization, in the database itself: over HTTP nobody could ask for it before
 * there is one. What is asked of the hub at this address is asked by it from now on.
 */
export async function addOperator(db: Database, url: string): Promise<void> {
  const [id, token, now] = [randomUUID(), newToken(), new Date()];
  await db.transaction(async (tx) => {
    await registerClient(tx, { id, name: 'The tests', organizationId: HUB_ORGANIZATION }, now);
    await keepToken(tx, { token, clientId: id, scopes: undefined, now, expiresAt: NEVER });
  });
  rememberOperator(url, token);
}

/** The same for a hub that is a process of its own, before it starts: an embedded store is for one process. */
export async function addOperatorTo(store: FreshStore, url: string): Promise<void> {
  const db = await store.open();
  await addOperator(db, url).finally(() => db.close());
}

/** What is asked of the hub at this address is asked with this token from now on, unless it is said who asks. */
export function rememberOperator(url: string, token: string): void {
  tokens.set(new URL(url).origin, token);
}

/** The token of the hub's own program at the hub of this address; none where there is no such hub. */
export function operatorToken(url: string): string | undefined {
  return tokens.get(new URL(url).origin);
}
