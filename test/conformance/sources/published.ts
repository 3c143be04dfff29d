import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the published guides stand, when they are beside this checkout. */
export const PUBLISHED = fileURLToPath(new URL('../../../../shared/ig', import.meta.url));

export function isPublished(): boolean {
  return existsSync(PUBLISHED);
}

export const NOT_PUBLISHED =
  'There is no ../shared/ig beside this checkout: the requirements that are checked are read from the guides in it.';
