import { writeFileSync } from 'node:fs';
import { measuresPage } from '../../src/measures/page.ts';

/** Writes docs/measures.md from the definitions. */
writeFileSync(new URL('../../docs/measures.md', import.meta.url), measuresPage());
