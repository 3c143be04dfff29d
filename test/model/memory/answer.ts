import type { Tables } from './tables.ts';

/** How a statement is answered over the tables in memory: by its values, and by what its pattern has found in it. */
export type Answer = (tables: Tables, values: readonly unknown[], found: RegExpExecArray) => readonly object[];
