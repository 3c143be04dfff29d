import type { PlanDefinitionAction } from '@medplum/fhirtypes';
import { countable } from './apply-activity.ts';
import { type ApplyWork, refused } from './apply-work.ts';
import { type When, whenRelated } from './when.ts';

/** When the actions that others may stand before or after are to be done. */
export function datesOf(
  work: ApplyWork,
  actions: readonly PlanDefinitionAction[],
): ReadonlyMap<string, When | undefined> {
  const byId = new Map<string, PlanDefinitionAction>();
  const waiting = [...actions];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    if (next.id) byId.set(next.id, next);
    waiting.push(...(next.action ?? []));
  }
  const dates = new Map<string, When | undefined>();
  for (const id of byId.keys()) dateOf(work, byId, dates, id, []);
  return dates;
}

function dateOf(
  work: ApplyWork,
  byId: ReadonlyMap<string, PlanDefinitionAction>,
  dates: Map<string, When | undefined>,
  id: string,
  before: readonly string[],
): When | undefined {
  const action = byId.get(id);
  if (!action || dates.has(id)) return dates.get(id);
  if (before.includes(id)) {
    const text = 'The actions of this plan stand before and after one another in a circle. Take one relatedAction out.';
    throw refused(text, 'PlanDefinition.action.relatedAction');
  }
  const [first] = action.relatedAction ?? [];
  const own = countable(work, action, 'PlanDefinition.action');
  const other = first && !own ? dateOf(work, byId, dates, first.actionId, [...before, id]) : undefined;
  const when = own ?? (first && whenRelated(work.budget.now, first, other));
  dates.set(id, when);
  return when;
}

/** When an action is to be done: as it says itself, or as it stands to others. */
export function whenFor(
  work: ApplyWork,
  dates: ReadonlyMap<string, When | undefined>,
  action: PlanDefinitionAction,
  place: string,
): When | undefined {
  return countable(work, action, place) ?? (action.id ? dates.get(action.id) : relatedDate(work, action, dates));
}

function relatedDate(
  work: ApplyWork,
  { relatedAction = [] }: PlanDefinitionAction,
  dates: ReadonlyMap<string, When | undefined>,
): When | undefined {
  const [first] = relatedAction;
  return first && whenRelated(work.budget.now, first, dates.get(first.actionId));
}
