import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Resource } from '@medplum/fhirtypes';

/** The published definitions and examples, kept beside this repository; a stranger's clone is without them. */
export const PUBLISHED = fileURLToPath(new URL('../../../shared/ig', import.meta.url));

/**
 * The resources in a folder of the published guides, e.g. `sdohcc/examples`. Where they are not, it says so in one line
 * and there are none.
 */
export function published(folder: string): readonly Resource[] {
  const place = join(PUBLISHED, folder);
  if (!existsSync(place)) {
    process.stderr.write(`${place} is not here: what needs it is left out.\n`);
    return [];
  }
  const files = readdirSync(place).filter((file) => file.endsWith('.json'));
  const read = files.map((file) => JSON.parse(readFileSync(join(place, file), 'utf8')) as Resource);
  return read.filter(({ resourceType }) => resourceType !== undefined);
}
