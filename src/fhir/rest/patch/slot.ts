import { textOf } from '../../../db/written-numbers.ts';
import type { ElementModel } from '../../validate/definitions/model.ts';
import { writeNumber } from './copied.ts';

export type Json = Record<string, unknown>;

/** Where JSON has an element: its values, and beside them the ids and extensions of primitives (`_name`). */
export interface Slot {
  readonly owner: Json;
  readonly key: string;
  readonly extraKey: string;
  readonly isList: boolean;
}

/** One value of an element. */
export interface Held {
  /** Undefined for a primitive that has only extensions. */
  readonly value: unknown;
  readonly extra: unknown;
  /** How a number is written, where that is not how it would be written anyway. */
  readonly text?: string | undefined;
}

export function slotOf(owner: object, { key, extraKey, rules }: ElementModel): Slot {
  return { owner: owner as Json, key, extraKey, isList: rules.isList };
}

/** The values of an element, each with what stands beside it. */
export function heldIn({ owner, key, extraKey, isList }: Slot): Held[] {
  const [value, extra] = [owner[key], owner[extraKey]];
  if (!isList) return value === undefined && extra === undefined ? [] : [{ value, extra, text: textOf(owner, key) }];
  const [values, extras] = [listOf(value), listOf(extra)];
  return Array.from({ length: Math.max(values.length, extras.length) }, (_, at) => ({
    value: values[at] ?? undefined,
    extra: extras[at] ?? undefined,
    text: textOf(values, String(at)),
  }));
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** Gives an element other values: none, and it is not there. */
export function hold({ owner, key, extraKey, isList }: Slot, held: readonly Held[]): void {
  const values = held.map(({ value }) => value);
  const extras = held.map(({ extra }) => extra);
  put(owner, key, values, isList);
  put(owner, extraKey, extras, isList);
  const holder = isList ? owner[key] : owner;
  for (const [at, { value, text }] of held.entries()) {
    if (typeof value === 'number') writeNumber(holder as Json, isList ? String(at) : key, text);
  }
}

function put(owner: Json, key: string, values: readonly unknown[], isList: boolean): void {
  if (values.every((value) => value === undefined)) delete owner[key];
  else owner[key] = isList ? values.map((value) => value ?? null) : values[0];
}
