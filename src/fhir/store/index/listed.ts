/**
 * Of a type, the search parameter by whose value its resources are also kept in the order of their changes: long lists of
 * what is somebody's are turned over page by page, however much else there is. The element may hold one reference only.
 */
const LISTED_BY: ReadonlyMap<string, string> = new Map([['Task', 'Task.owner=']]);

/** The key under which a resource is listed in the order of changes; undefined when it is in no such list. Pure. */
export function listKeyOf(type: string, tokens: readonly string[]): string | undefined {
  const prefix = LISTED_BY.get(type);
  return prefix && tokens.find((token) => isKeyOf(prefix, token));
}

/** Whether all that have a key of the search index stand in the list of that key. Pure. */
export function isListKey(type: string, key: string): boolean {
  const prefix = LISTED_BY.get(type);
  return prefix !== undefined && isKeyOf(prefix, key);
}

/** A reference to a resource here, and not a mark that there is none. */
function isKeyOf(prefix: string, key: string): boolean {
  return key.startsWith(prefix) && /^[A-Z][A-Za-z]+\/[A-Za-z0-9\-.]+$/.test(key.slice(prefix.length));
}
