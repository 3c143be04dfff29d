import { partyOf, type Viewer } from './viewer.ts';

/**
 * The parts of what somebody is shown: all of it, or of an organization's own what it has sent, what it is asked as the last
 * that is, and what it is asked beside others. No loop is in two. Each has indexes in the orders of lists, which "any of its
 * parties" has not: those of an organization with very many would all be read for one page.
 */
export type Part = 'all' | 'sent' | 'asked' | 'beside';

/** The parts that a viewer is shown. Pure. */
export function partsOf(viewer: Viewer): readonly Part[] {
  if (partyOf(viewer) === undefined) return ['all'];
  return viewer.caller.view ? ['sent'] : ['sent', 'asked', 'beside'];
}

/** As the indexes of it have it (see the migrations). */
const HAS_OTHERS = 'cardinality(array_remove(array_remove(parties, sender_org), asked_org)) > 0';

/** The condition on the loops of a part. @param own SQL of the organization's id; '' for all loops */
export function partSql(part: Part, state: 'open' | 'closed', own: string): string {
  return {
    all: '',
    sent: `AND sender_org = ${own}`,
    asked: `AND asked_org = ${own}`,
    // As a list: they are few, and are looked up, whatever the planner thinks.
    beside: `AND id = ANY (ARRAY(SELECT id FROM loop WHERE state = '${state}' AND ${HAS_OTHERS}
      AND parties @> ARRAY[${own}::text] AND sender_org <> ${own} AND asked_org IS DISTINCT FROM ${own}))`,
  }[part];
}
