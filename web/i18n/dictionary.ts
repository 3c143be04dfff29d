import type { en } from './en.ts';

type Key = keyof typeof en;
type Count = `${string}_one`;

/**
 * Every language says everything English says. Plural forms follow the language (Korean and Chinese know one,
 * Spanish has a third for millions), so only `_other` is asked of all.
 */
export type Dictionary = Record<Exclude<Key, Count>, string> & { [key in `${string}_one` | `${string}_many`]?: string };
