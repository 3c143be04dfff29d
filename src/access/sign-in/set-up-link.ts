import type { Database } from '../../db/database.ts';
import { newSetUpCode } from './set-up.ts';

/**
 * The line that a start prints while nobody can sign in: a link to make the first person by. It goes to who starts the
 * hub, never into a log. The code stands behind `#`: browsers send that to nobody.
 * @param url where the hub listens
 * @returns undefined when there is somebody already
 */
export async function setUpLine(
  {
    db,
    now,
    config,
  }: { readonly db: Database; readonly now: () => Date; readonly config: { readonly PUBLIC_URL?: string | undefined } },
  url: string,
): Promise<string | undefined> {
  const code = await newSetUpCode(db, now());
  return code && `Set up this hub: ${config.PUBLIC_URL ?? url}/set-up#${code}`;
}
