import type { Caller } from '../caller.ts';
import { isForEverybody, readerKey } from '../sharing/readers.ts';
import type { Condition, KeysCondition } from './conditions/condition.ts';
import { rowsOf, shareOf } from './selectivity.ts';
import type { Statistics } from './statistics.ts';

/** Who may read fewer than these of a type finds what it looks for among them. */
const FEW = 2_000;

/**
 * The conditions of a search with that by which a caller finds what it may read: an organization that sees little of a
 * type in a big store must not look through what it does not see. It holds in any case (see `visibleTo`): it is only
 * worth looking up, where that finds little or nothing else is asked. Pure.
 */
export function readable(
  where: readonly Condition[],
  types: readonly string[],
  caller: Caller,
  statistics: Statistics,
): readonly Condition[] {
  const [type, ...others] = types;
  if (
    caller.kind !== 'client' ||
    caller.view?.kind === 'own-record' ||
    type === undefined ||
    others.length > 0 ||
    isForEverybody(type)
  )
    return where;
  const own: KeysCondition = { kind: 'keys', keys: [readerKey(type, caller.organizationId)], holdsAnyway: true };
  const found = shareOf(own, type, statistics) * rowsOf(type, statistics);
  return where.length === 0 || found < FEW ? [own, ...where] : where;
}
