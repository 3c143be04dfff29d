import type { Box, Condition } from './conditions/condition.ts';
import type { Statistics } from './statistics.ts';

/** The share of a type's resources that a condition is likely to let through; what is rare counts as none. Pure. */
export function shareOf(condition: Condition, type: string | undefined, statistics: Statistics): number {
  switch (condition.kind) {
    case 'keys':
    case 'group':
      return shareOfKeys(condition.keys, type, statistics);
    case 'ids':
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
    default:
      return 1;
  }
}

const OPEN_RANGE = 0.3;

function isBounded({ low, high }: Box): boolean {
  return low?.from !== undefined && (low.to ?? high?.to) !== undefined;
}

function shareOfKeys(keys: readonly string[], type: string | undefined, { types, tokens }: Statistics): number {
  const ofType = (type === undefined ? undefined : types.get(type)) ?? 1;
  const among = keys.reduce((sum, key) => sum + (tokens.get(key) ?? 0), 0);
  return Math.min(1, among / ofType);
}

/** How many resources of a type there are likely to be. Pure. */
export function rowsOf(type: string | undefined, { rows, types }: Statistics): number {
  return rows * ((type === undefined ? undefined : types.get(type)) ?? 1);
}
