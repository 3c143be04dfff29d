import type {
  ActivityDefinition,
  Goal,
  PlanDefinition,
  PlanDefinitionAction,
  Questionnaire,
  Reference,
  RequestGroupAction,
  Resource,
} from '@medplum/fhirtypes';
import { findDefinition } from '../find-definition.ts';
import { note } from '../notes.ts';
import { applyActivity, applyBareAction, applyQuestionnaire, participantsOf, setOfAction } from './apply-activity.ts';
import { type ApplyWork, refused, valuesOf } from './apply-work.ts';
import { datesOf, whenFor } from './dates.ts';
import { applyGoals } from './goals.ts';
import type { When } from './when.ts';

const DEEPEST = 20;

/** A plan while it is applied, within those that use it. */
export interface Applying {
  readonly work: ApplyWork;
  readonly plan: PlanDefinition;
  /** The plans this one is a part of, itself last. */
  readonly above: readonly string[];
  /** Put before the ids of its actions, so that two uses of a plan do not mix. */
  readonly prefix: string;
  readonly goals: ReadonlyMap<string, Goal>;
  readonly dates: ReadonlyMap<string, When | undefined>;
  readonly depth: number;
}

/** A plan that is about to be applied. @throws AppError (422) when its actions wait for one another in a circle */
export function beginPlan(work: ApplyWork, plan: PlanDefinition, from?: Applying): Applying {
  const above = [...(from?.above ?? []), nameOf(plan)];
  const prefix = from ? `${from.prefix}${work.actionsLeft}-` : '';
  const dates = datesOf(work, plan.action ?? []);
  return { work, plan, above, prefix, goals: applyGoals(work, plan, prefix), dates, depth: from?.depth ?? 0 };
}

function nameOf({ url, id }: PlanDefinition): string {
  return url ?? `#${id ?? ''}`;
}

/**
 * The actions that apply to the subject, with what is to be done in each.
 * @throws AppError (422) when one says what cannot be done here
 * @see https://hl7.org/fhir/R4/plandefinition.html#apply
 */
export async function applyActions(
  applying: Applying,
  actions: readonly PlanDefinitionAction[],
  at: string,
): Promise<RequestGroupAction[]> {
  if (applying.depth > DEEPEST) throw refused(`Actions are nested at most ${DEEPEST} deep here.`, at);
  const applied: RequestGroupAction[] = [];
  for (const [number, action] of actions.entries()) {
    const place = `${at}.action[${number}]`;
    applying.work.actionsLeft -= 1;
    if (applying.work.actionsLeft < 0)
      throw refused('A plan has at most 500 actions here, those of the plans within it included.', place);
    if (await applies(applying.work, action, place)) applied.push(...(await applyAction(applying, action, place)));
  }
  return applied;
}

async function applies(work: ApplyWork, { condition = [] }: PlanDefinitionAction, place: string): Promise<boolean> {
  for (const [at, { kind, expression }] of condition.entries()) {
    if (kind !== 'applicability') continue;
    const values = await valuesOf(work, expression, `${place}.condition[${at}].expression`);
    if (values.length !== 1 || values[0] !== true) return false;
  }
  return true;
}

async function applyAction(
  applying: Applying,
  action: PlanDefinitionAction,
  place: string,
): Promise<RequestGroupAction[]> {
  const { work } = applying;
  const when = whenFor(work, applying.dates, action, place);
  const inside = await applyActions({ ...applying, depth: applying.depth + 1 }, action.action ?? [], place);
  const defined = await applyDefinition(applying, action, when, place);
  const described = describe(applying, action, when);
  await setOfAction(work, described, action, place);
  if (Array.isArray(defined)) inside.unshift(...defined);
  else if (defined && inside.length > 0)
    inside.unshift({ title: action.title ?? 'This', resource: contain(applying, defined, action) });
  else if (defined) return [{ ...described, resource: contain(applying, defined, action) }];
  if (inside.length > 0) return [{ ...described, action: inside }];
  // What had parts, of which none applies, is nothing to do.
  if (action.action || defined) return [];
  return [{ ...described, resource: contain(applying, await applyBareAction(work, action, when, place), action) }];
}

/** What an action's definition becomes: a resource, or the actions of a plan. */
async function applyDefinition(
  applying: Applying,
  action: PlanDefinitionAction,
  when: When | undefined,
  place: string,
): Promise<Resource | RequestGroupAction[] | undefined> {
  const { definitionCanonical: canonical, definitionUri } = action;
  if (definitionUri)
    note(
      applying.work.notes,
      'What this action is defined by is no FHIR definition: it was not applied.',
      `${place}.definitionUri`,
    );
  if (!canonical) return undefined;
  const definition = await definitionOf(applying, canonical);
  const by = { when, action, place, contained: canonical.startsWith('#') ? applying.plan.contained : undefined };
  switch (definition?.resourceType) {
    case 'ActivityDefinition':
      return applyActivity(applying.work, definition, by);
    case 'Questionnaire':
      return applyQuestionnaire(applying.work, definition, canonical, by);
    case 'PlanDefinition':
      return applyNested(applying, definition, place);
    default:
      throw refused(
        'The definition of this action is not here. Create it first, or contain it in the plan.',
        `${place}.definitionCanonical`,
        'not-found',
      );
  }
}

async function applyNested(applying: Applying, plan: PlanDefinition, place: string): Promise<RequestGroupAction[]> {
  if (applying.above.includes(nameOf(plan))) {
    throw refused(
      'The plan this action stands for has this plan within it. Take one of the two out.',
      `${place}.definitionCanonical`,
    );
  }
  const nested = beginPlan(applying.work, plan, { ...applying, depth: applying.depth + 1 });
  return applyActions(nested, plan.action ?? [], place);
}

type Definition = ActivityDefinition | Questionnaire | PlanDefinition;

async function definitionOf({ work, plan }: Applying, canonical: string): Promise<Definition | undefined> {
  if (canonical.startsWith('#'))
    return (plan.contained ?? []).find(({ id }) => `#${id}` === canonical) as Definition | undefined;
  const types = ['ActivityDefinition', 'Questionnaire', 'PlanDefinition'] as const;
  // An address usually says the type; the others are looked for after it.
  const inOrder = types.toSorted((a, b) => Number(canonical.includes(`${b}/`)) - Number(canonical.includes(`${a}/`)));
  for (const type of inOrder) {
    const found = await findDefinition<Definition>(work.desk, type, canonical);
    if (found) return found;
  }
  return undefined;
}

/** Puts a resource into the plan of the result. @returns the reference to it */
function contain(
  { work, goals, prefix }: Applying,
  resource: Resource,
  { goalId = [] }: PlanDefinitionAction,
): Reference {
  const type = resource.resourceType;
  const number = work.contained.filter(({ resourceType }) => resourceType === type).length + 1;
  const id = `${prefix}${type.toLowerCase()}-${number}`;
  const extension = goalId.flatMap((name) => {
    const goal = goals.get(name);
    return goal
      ? [
          {
            url: 'http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal',
            valueReference: { reference: `#${goal.id}` },
          },
        ]
      : [];
  });
  work.contained.push({ ...resource, id, ...(extension.length > 0 ? { extension } : {}) } as Resource);
  return { reference: `#${id}` };
}

const COPIED = [
  'prefix',
  'title',
  'description',
  'textEquivalent',
  'priority',
  'code',
  'documentation',
  'type',
  'groupingBehavior',
  'selectionBehavior',
  'requiredBehavior',
  'precheckBehavior',
  'cardinalityBehavior',
] as const;

function describe(
  { work, prefix }: Applying,
  action: PlanDefinitionAction,
  when: When | undefined,
): RequestGroupAction {
  const copied = Object.fromEntries(
    COPIED.flatMap((name) => (action[name] === undefined ? [] : [[name, action[name]]])),
  );
  const participant = participantsOf(work, action.participant ?? []) as NonNullable<RequestGroupAction['participant']>;
  const conditions = (action.condition ?? []).filter(({ kind }) => kind !== 'applicability');
  const related = (action.relatedAction ?? []).map((each) => ({ ...each, actionId: prefix + each.actionId }));
  return {
    ...(action.id ? { id: prefix + action.id } : {}),
    ...copied,
    ...(when?.dateTime ? { timingDateTime: when.dateTime } : {}),
    ...(when?.period ? { timingPeriod: when.period } : {}),
    ...(when?.timing ? { timingTiming: when.timing } : {}),
    ...(participant.length > 0 ? { participant } : {}),
    ...(conditions.length > 0 ? { condition: conditions } : {}),
    ...(related.length > 0 ? { relatedAction: related } : {}),
  };
}
