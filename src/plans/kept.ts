import { isDeepStrictEqual } from 'node:util';
import type { Kept } from './plan.ts';

/**
 * What of a resource is not in its mapped form: unknown extensions, elements nobody here has a word for. Objects are
 * compared element by element, lists as a whole. Pure.
 * @returns undefined when nothing is left over
 */
export function leftOver(original: object, mapped: object): Kept | undefined {
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(original)) {
    const known = (mapped as Record<string, unknown>)[name];
    if (isDeepStrictEqual(value, known)) continue;
    const inner = isPlain(value) && isPlain(known) ? leftOver(value, known) : value;
    if (inner !== undefined) rest[name] = inner;
  }
  return Object.keys(rest).length > 0 ? rest : undefined;
}

/** A mapped resource with what was kept put back. Pure. */
export function withKept<T extends object>(mapped: T, kept: Kept | undefined): T {
  if (!kept) return mapped;
  const merged: Record<string, unknown> = Object.fromEntries(Object.entries(mapped));
  for (const [name, value] of Object.entries(kept)) {
    const known = merged[name];
    merged[name] = isPlain(value) && isPlain(known) ? withKept(known, value) : value;
  }
  return merged as T;
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The properties of an object that have a value. */
export function present<T extends object>(values: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as never;
}
