import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** Where the published guides stand: beside this checkout, unless GUIDES says otherwise. */
export const PUBLISHED = process.env.GUIDES ?? fileURLToPath(new URL('../../../../shared/ig', import.meta.url));

export function isPublished(): boolean {
  return existsSync(PUBLISHED);
}

export const NOT_PUBLISHED =
  'There is no ../shared/ig beside this checkout: the requirements to check are read from the guides in it. GUIDES names another folder.';
