import { isObject, type JsonObject } from './walk.ts';

type ById = ReadonlyMap<unknown, readonly JsonObject[]>;

const known = new WeakMap<readonly unknown[], ById>();

/** What a resource contains under an id: one, if it is well made. Looked through once, however many references lead there. */
export function containedById({ contained }: JsonObject, id: string): readonly JsonObject[] {
  if (!Array.isArray(contained)) return [];
  const byId = known.get(contained) ?? Map.groupBy(contained.filter(isObject), (each) => each.id);
  known.set(contained, byId);
  return byId.get(id) ?? [];
}
