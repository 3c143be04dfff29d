import { type Asking, hasReason, keys, moment, ofClasses } from './conditions.ts';
import { OTHERS, type Window } from './windows.ts';

/** What is of the client of a stay and happened at a moment or later: what stands behind SELECT. */
export function laterSql(since: string, { type, date }: Happening, is: string, { shown }: Asking): string {
  return `FROM resource JOIN search_range AS at ON at.type = '${type}' AND at.id = resource.id AND at.param = '${date}'
    WHERE resource.type = '${type}' AND ${is} AND tokens @> ARRAY['${type}.subject=' || stay.patient]
      AND ${moment('at.low')} >= ${since} ${shown('resource')}`;
}

/** What a window says must follow, at a moment or later: what stands behind SELECT. */
export function followingSql(since: string, { followedBy }: Window, ask: Asking): string {
  const { classes, types, reasons } = followedBy;
  const other = OTHERS.find((each) => followedBy[each] !== undefined);
  if (other) {
    const what = OTHER[other];
    return laterSql(since, what, hasCode(what, ask.codesOf(followedBy[other] ?? '')), ask);
  }
  return [
    laterSql(since, ENCOUNTERS, ofClasses(classes ?? []), ask),
    ...(types === undefined ? [] : [`tokens && ${keys('Encounter.type', ask.codesOf(types))}`]),
    ...(reasons === undefined ? [] : [hasReason('resource', reasons, ask)]),
  ].join(' AND ');
}

interface Happening {
  readonly type: string;
  /** The search parameter of when it happened. */
  readonly date: string;
}

interface Coded extends Happening {
  readonly code: string;
  readonly statuses: readonly string[];
}

export const ENCOUNTERS: Happening = { type: 'Encounter', date: 'date' };
const OTHER: Readonly<Record<(typeof OTHERS)[number], Coded>> = {
  documents: { type: 'DocumentReference', date: 'date', code: 'type', statuses: ['current'] },
  procedures: { type: 'Procedure', date: 'date', code: 'code', statuses: ['completed'] },
  requests: { type: 'ServiceRequest', date: 'authored', code: 'code', statuses: ['active', 'completed'] },
};

function hasCode({ type, code, statuses }: Coded, codes: string): string {
  const there = statuses.map((each) => `${type}.status=${each}`).join(',');
  return `tokens && ${keys(`${type}.${code}`, codes)} AND tokens && '{${there}}' AND NOT deleted`;
}
