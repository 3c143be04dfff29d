import { PRESENT } from './keys.ts';
import { IDENTIFIED } from './tokens.ts';

/**
 * Of a type, how the search keys begin by which its resources are also kept in the order of their changes: long lists of
 * what is somebody's are turned over page by page, however much else there is. The element may hold one reference only.
 */
const LISTED_BY: ReadonlyMap<string, string> = new Map([['Task', 'Task.owner=']]);

/** The key under which a resource is listed in the order of changes; undefined when it is in no list. Pure. */
export function listKeyOf(type: string, tokens: readonly string[]): string | undefined {
  return tokens.find((token) => isListKey(type, token));
}

/** Whether all that have a key of the search index stand in the list of that key. Pure. */
export function isListKey(type: string, key: string): boolean {
  const prefix = LISTED_BY.get(type);
  return prefix !== undefined && key.startsWith(prefix) && isWholeReference(key.slice(prefix.length));
}

/** A reference to a resource whatever its version: each has one. */
function isWholeReference(form: string): boolean {
  return form !== PRESENT && !form.startsWith(IDENTIFIED) && !form.includes('/_history/');
}
