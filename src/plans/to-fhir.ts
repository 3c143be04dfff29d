import type {
  CarePlan,
  CarePlanActivity,
  CodeableConcept,
  Condition,
  Goal as FhirGoal,
  Reference,
  ServiceRequest,
} from '@medplum/fhirtypes';
import { claiming, PROFILES } from '../fhir/claims.ts';
import { present, withKept } from './kept.ts';
import type { Activity, Coding, Goal, Need, Plan, Responsible } from './plan.ts';

type WithId<T> = T & { id: string };

/** A plan as FHIR: one CarePlan, and what it refers to. */
export interface PlanResources {
  readonly carePlan: WithId<CarePlan>;
  readonly conditions: readonly WithId<Condition>[];
  readonly goals: readonly WithId<FhirGoal>[];
  /** The ServiceRequests of activities that were sent; they say what the CarePlan's activity may no longer say itself. */
  readonly requests: readonly WithId<ServiceRequest>[];
}

export interface PlanContext {
  /** The Organization whose case managers make plans. */
  readonly hubOrg: string;
}

export const SYSTEMS = {
  clinical: 'http://terminology.hl7.org/CodeSystem/condition-clinical',
  conditionCategory: 'http://terminology.hl7.org/CodeSystem/condition-category',
  planCategory: 'http://hl7.org/fhir/us/core/CodeSystem/careplan-category',
  achievement: 'http://terminology.hl7.org/CodeSystem/goal-achievement',
} as const;

/** @see https://hl7.org/fhir/R4/extension-resource-pertainstogoal.html */
export const PERTAINS_TO_GOAL = 'http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal';
/** When the plan is to be looked at again; R4's CarePlan has no element for it. */
export const REVIEW_DUE = 'https://careloop.dev/fhir/StructureDefinition/careplan-review-due';

/**
 * A plan as FHIR resources. Pure, and the inverse of `fromFhir`.
 * Sent activities are written by `requestOf`; here they are only referred to (a CarePlan activity has a reference or a
 * detail, never both).
 * @see https://hl7.org/fhir/R4/careplan.html
 */
export function toFhir(plan: Plan, context: PlanContext): PlanResources {
  const subject = reference('Patient', plan.clientId);
  const sent = plan.activities.filter(({ requestId }) => requestId !== undefined);
  return {
    carePlan: carePlanClaim(withKept(carePlanOf(plan, subject, context), plan.kept)),
    conditions: plan.needs.map((need) => problemClaim(withKept(conditionOf(need, subject), need.kept))),
    goals: plan.goals.map((goal) => claiming(withKept(goalOf(goal, subject), goal.kept), PROFILES.goal)),
    requests: sent.map((activity) => withKept(requestOf(activity, plan, context), activity.kept)),
  };
}

/** What a partner's plan has instead of our categories may not be what US Core asks for: then it is not claimed. */
function carePlanClaim(carePlan: WithId<CarePlan>): WithId<CarePlan> {
  return hasCategory(carePlan, SYSTEMS.planCategory) ? claiming(carePlan, PROFILES.carePlan) : carePlan;
}

function problemClaim(condition: WithId<Condition>): WithId<Condition> {
  return hasCategory(condition, SYSTEMS.conditionCategory) ? claiming(condition, PROFILES.problem) : condition;
}

function hasCategory({ category }: CarePlan | Condition, system: string): boolean {
  return category?.some(({ coding }) => coding?.some((each) => each.system === system)) ?? false;
}

function carePlanOf(plan: Plan, subject: Reference<never>, context: PlanContext): WithId<CarePlan> {
  return present({
    resourceType: 'CarePlan',
    id: plan.id,
    status: 'active',
    intent: 'plan',
    category: [{ coding: [{ system: SYSTEMS.planCategory, code: 'assess-plan' }] }],
    title: plan.title,
    subject,
    period: { start: plan.start },
    extension: plan.reviewDue ? [{ url: REVIEW_DUE, valueDate: plan.reviewDue }] : undefined,
    author: reference('Organization', context.hubOrg),
    addresses: listOrNone(plan.needs.map(({ id }) => reference('Condition', id))),
    goal: listOrNone(plan.goals.map(({ id }) => reference('Goal', id))),
    activity: listOrNone(plan.activities.map((activity) => activityOf(activity, plan, context))),
  }) as WithId<CarePlan>;
}

function conditionOf(need: Need, subject: Reference<never>): WithId<Condition> {
  return present({
    resourceType: 'Condition',
    id: need.id,
    clinicalStatus: { coding: [{ system: SYSTEMS.clinical, code: 'active' }] },
    category: [
      { coding: [{ system: SYSTEMS.conditionCategory, code: 'problem-list-item' }] },
      ...(need.category ? [concept(need.category)] : []),
    ],
    code: { text: need.text },
    subject,
  }) as WithId<Condition>;
}

function goalOf(goal: Goal, subject: Reference<never>): WithId<FhirGoal> {
  return present({
    resourceType: 'Goal',
    id: goal.id,
    lifecycleStatus: 'active',
    achievementStatus: goal.achievement
      ? { coding: [{ system: SYSTEMS.achievement, code: goal.achievement }] }
      : undefined,
    description: { text: goal.text },
    subject,
    target: goal.due ? [{ dueDate: goal.due }] : undefined,
    addresses: listOrNone(goal.needIds.map((id) => reference('Condition', id))),
    outcomeCode: listOrNone(goal.outcomes.map((text) => ({ text }))),
  }) as WithId<FhirGoal>;
}

function activityOf(activity: Activity, plan: Plan, context: PlanContext): CarePlanActivity {
  const outcomeReference = listOrNone(
    activity.outcomes.map(({ reference: to, text }) => present({ reference: to, display: text })),
  );
  if (activity.requestId)
    return present({
      id: activity.id,
      reference: reference('ServiceRequest', activity.requestId),
      outcomeReference,
    }) as CarePlanActivity;
  const detail = present({
    kind:
      activity.responsible.kind === 'case-manager' || activity.responsible.kind === 'client'
        ? 'Task'
        : 'ServiceRequest',
    code: activity.service ? concept(activity.service) : undefined,
    goal: listOrNone(activity.goalIds.map((id) => reference('Goal', id))),
    status: 'not-started',
    scheduledPeriod: { end: activity.due },
    performer: performersOf(activity.responsible, plan, context),
    description: activity.text,
  });
  return withKept(present({ id: activity.id, detail, outcomeReference }) as CarePlanActivity, activity.kept);
}

/** The ask an activity becomes when it is sent. Pure. */
export function requestOf(activity: Activity, plan: Plan, context: PlanContext): WithId<ServiceRequest> {
  const needIds = plan.goals.filter(({ id }) => activity.goalIds.includes(id)).flatMap(({ needIds: ids }) => ids);
  return present({
    resourceType: 'ServiceRequest',
    id: activity.requestId ?? '',
    meta: { profile: [PROFILES.request] },
    status: 'active',
    intent: 'order',
    basedOn: [reference('CarePlan', plan.id)],
    category: activity.service ? [concept(activity.service)] : undefined,
    code: { text: activity.text },
    subject: reference('Patient', plan.clientId),
    occurrencePeriod: { end: activity.due },
    requester: reference('Organization', context.hubOrg),
    performer: performersOf(activity.responsible, plan, context),
    reasonReference: listOrNone([...new Set(needIds)].map((id) => reference('Condition', id))),
    extension: listOrNone(
      activity.goalIds.map((id) => ({ url: PERTAINS_TO_GOAL, valueReference: reference('Goal', id) })),
    ),
  }) as WithId<ServiceRequest>;
}

function performersOf(responsible: Responsible, plan: Plan, context: PlanContext): Reference<never>[] | undefined {
  switch (responsible.kind) {
    case 'organization':
      return [reference('Organization', responsible.id)];
    case 'case-manager':
      return [{ ...reference('Organization', context.hubOrg), display: 'Case manager' }];
    case 'client':
      return [reference('Patient', plan.clientId)];
    case 'any-matching-service':
      return undefined;
  }
}

function concept({ system, code, display }: Coding): CodeableConcept {
  return { coding: [present({ system, code, display })] };
}

function reference(type: string, id: string): Reference<never> {
  return { reference: `${type}/${id}` };
}

function listOrNone<T>(list: T[]): T[] | undefined {
  return list.length > 0 ? list : undefined;
}
