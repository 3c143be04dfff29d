import type { Box, Condition } from './conditions/condition.ts';
import { MANY_KEYS } from './sql/predicate.ts';
import type { Statistics } from './statistics.ts';

/** The share of a type's resources that a condition is likely to let through; what is rare counts as none. Pure. */
export function shareOf(condition: Condition, type: string | undefined, statistics: Statistics): number {
  switch (condition.kind) {
    case 'keys':
    case 'group':
      return shareOfKeys(condition.keys, type, statistics);
    case 'ids':
    case 'itself':
    case 'texts':
      return 0;
    case 'ranges':
      return condition.tests.every(({ boxes }) => boxes.every(isBounded)) ? 0 : OPEN_RANGE;
    case 'all':
      return condition.conditions.reduce((share, each) => share * shareOf(each, type, statistics), 1);
    case 'any':
      return Math.min(
        1,
        condition.conditions.reduce((sum, each) => sum + shareOf(each, type, statistics), 0),
      );
    case 'chain':
    case 'has':
      // Those that find little are looked up before, and have become keys or ids.
      return OPEN_RANGE;
    case 'check':
      return shareOf(condition.condition, type, statistics);
    default:
      return 1;
  }
}

/** What has more than this share is not worth looking up, where another condition finds few. */
const COMMON = 0.001;
/** Fewer resources than these are looked at one by one; of more, the index is asked which of them have other keys too. */
const LOOKED_AT = 300;

/**
 * The conditions of a search with one of them as that which is looked up: ids, or the rarest keys, and of equals those
 * that are fewest. Where these find few, common keys are checked on what they find; where they find many, the index
 * brings both together. Very many keys, and ranges, are always checked. Pure.
 */
export function chooseDriver(
  where: readonly Condition[],
  type: string | undefined,
  statistics: Statistics,
): readonly Condition[] {
  const keyed = where.filter((each) => each.kind === 'keys');
  const byCost = keyed.toSorted(
    (a, b) => shareOf(a, type, statistics) - shareOf(b, type, statistics) || a.keys.length - b.keys.length,
  );
  const driver = where.find(({ kind }) => kind === 'ids') ?? byCost[0];
  const findsMany = driver && shareOf(driver, type, statistics) * rowsOf(type, statistics) > LOOKED_AT;
  return where.flatMap((each): Condition[] => {
    if (!driver || each === driver) return [each];
    if (each.kind === 'ranges') return [{ kind: 'check', condition: each }];
    if (each.kind !== 'keys') return [each];
    const isCheck = each.keys.length > MANY_KEYS || (!findsMany && shareOf(each, type, statistics) > COMMON);
    if (!isCheck) return [each];
    return each.holdsAnyway ? [] : [{ kind: 'check', condition: each }];
  });
}

const OPEN_RANGE = 0.3;

function isBounded({ low, high }: Box): boolean {
  return low?.from !== undefined && (low.to ?? high?.to) !== undefined;
}

function shareOfKeys(keys: readonly string[], type: string | undefined, { types, tokens }: Statistics): number {
  // So many are never compared with one resource after the other.
  if (keys.length > MANY_KEYS) return 0;
  const ofType = (type === undefined ? undefined : types.get(type)) ?? 1;
  const among = keys.reduce((sum, key) => sum + (tokens.get(key) ?? 0), 0);
  return Math.min(1, among / ofType);
}

/** How many resources of a type there are likely to be. Pure. */
export function rowsOf(type: string | undefined, { rows, types }: Statistics): number {
  return rows * ((type === undefined ? undefined : types.get(type)) ?? 1);
}
