/** One of the hub's own keys. */
export interface OwnKey {
  readonly kid: string;
  readonly createdAt: Date;
}

/** How long a new key is published before anything is signed with it: as long as partners keep what they have fetched. */
export const PUBLISHED_BEFORE_MS = 3_600_000;
/** How long a key is published after the next one has taken its place. */
export const PUBLISHED_AFTER_MS = 24 * 3_600_000;

/**
 * The key that signs now: the newest that has been published for long enough, or else the oldest. Pure.
 * @param keys the oldest first
 */
export function signingAt<K extends OwnKey>(keys: readonly K[], now: Date): K | undefined {
  return keys.findLast(({ createdAt }) => now.getTime() - createdAt.getTime() >= PUBLISHED_BEFORE_MS) ?? keys[0];
}

/** The keys that are published now. Pure. @param keys the oldest first */
export function publishedAt<K extends OwnKey>(keys: readonly K[], now: Date): K[] {
  return keys.filter((_key, at) => {
    const next = keys[at + 1];
    return !next || now.getTime() - next.createdAt.getTime() < PUBLISHED_BEFORE_MS + PUBLISHED_AFTER_MS;
  });
}
