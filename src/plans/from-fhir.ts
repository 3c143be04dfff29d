import type {
  CarePlan,
  CarePlanActivity,
  CodeableConcept,
  Condition,
  Goal as FhirGoal,
  Reference,
  ServiceRequest,
} from '@medplum/fhirtypes';
import { idOf } from '../fhir/references.ts';
import { leftOver, present } from './kept.ts';
import {
  ACHIEVEMENTS,
  type Activity,
  type Coding,
  type Goal,
  type Kept,
  type Need,
  type Plan,
  type Responsible,
} from './plan.ts';
import { PERTAINS_TO_GOAL, type PlanContext, type PlanResources, REVIEW_DUE, SYSTEMS, toFhir } from './to-fhir.ts';

/**
 * A plan in a case manager's words, from its FHIR resources. Pure, and the inverse of `toFhir`: what the words have no
 * place for is kept and written back.
 */
export function fromFhir(resources: PlanResources, context: PlanContext): Plan {
  const read = readPlan(resources, context);
  return withLeftOvers(read, resources, toFhir(read, context));
}

function readPlan({ carePlan, conditions, goals, requests }: PlanResources, context: PlanContext): Plan {
  const requestsById = new Map(requests.map((request) => [request.id, request]));
  return present({
    id: carePlan.id,
    clientId: idOf('Patient', carePlan.subject) ?? '',
    title: carePlan.title ?? '',
    start: carePlan.period?.start ?? '',
    reviewDue: carePlan.extension?.find(({ url }) => url === REVIEW_DUE)?.valueDate,
    needs: conditions.map(readNeed),
    goals: goals.map(readGoal),
    activities: (carePlan.activity ?? []).map((activity) => readActivity(activity, requestsById, context)),
  }) as Plan;
}

function readNeed(condition: Condition & { id: string }): Need {
  const category = condition.category?.find(({ coding }) => coding?.[0]?.system !== SYSTEMS.conditionCategory);
  return present({ id: condition.id, text: textOf(condition.code), category: codingOf(category) }) as Need;
}

function readGoal(goal: FhirGoal & { id: string }): Goal {
  const achievement = goal.achievementStatus?.coding?.[0]?.code;
  return present({
    id: goal.id,
    text: textOf(goal.description),
    due: goal.target?.[0]?.dueDate,
    needIds: idsOf('Condition', goal.addresses),
    achievement: ACHIEVEMENTS.find((code) => code === achievement),
    outcomes: (goal.outcomeCode ?? []).map(textOf),
  }) as Goal;
}

function readActivity(
  activity: CarePlanActivity,
  requests: ReadonlyMap<string, ServiceRequest>,
  context: PlanContext,
): Activity {
  const requestId = idOf('ServiceRequest', activity.reference);
  const request = requestId ? requests.get(requestId) : undefined;
  const said = request ? readRequest(request, context) : readDetail(activity, context);
  const outcomes = (activity.outcomeReference ?? []).map(({ reference, display }) =>
    present({ reference: reference ?? '', text: display }),
  );
  return present({ id: activity.id ?? '', ...said, requestId, outcomes }) as Activity;
}

type Said = Pick<Activity, 'text' | 'responsible' | 'due' | 'goalIds'> & { service: Coding | undefined };

function readDetail({ detail }: CarePlanActivity, context: PlanContext): Said {
  return {
    text: detail?.description ?? '',
    responsible: readResponsible(detail?.performer, context),
    due: detail?.scheduledPeriod?.end ?? '',
    service: codingOf(detail?.code),
    goalIds: idsOf('Goal', detail?.goal),
  };
}

function readRequest(request: ServiceRequest, context: PlanContext): Said {
  const goals = (request.extension ?? [])
    .filter(({ url }) => url === PERTAINS_TO_GOAL)
    .map(({ valueReference }) => valueReference ?? {});
  return {
    text: textOf(request.code),
    responsible: readResponsible(request.performer, context),
    due: request.occurrencePeriod?.end ?? request.occurrenceDateTime?.slice(0, 10) ?? '',
    service: codingOf(request.category?.at(-1)),
    goalIds: idsOf('Goal', goals),
  };
}

function readResponsible(performers: readonly Reference[] | undefined, context: PlanContext): Responsible {
  const [performer] = performers ?? [];
  const organization = idOf('Organization', performer);
  if (organization === context.hubOrg && performer?.display === 'Case manager') return { kind: 'case-manager' };
  if (organization) return { kind: 'organization', id: organization };
  return idOf('Patient', performer) ? { kind: 'client' } : { kind: 'any-matching-service' };
}

/** Compares what was read with what it would be written as: the difference is kept. */
function withLeftOvers(plan: Plan, original: PlanResources, mapped: PlanResources): Plan {
  const requests = new Map(original.requests.map((request) => [request.id, request]));
  const mappedRequests = new Map(mapped.requests.map((request) => [request.id, request]));
  const activities = plan.activities.map((activity, at) => {
    const [was, is] = activity.requestId
      ? [requests.get(activity.requestId), mappedRequests.get(activity.requestId)]
      : [original.carePlan.activity?.[at], mapped.carePlan.activity?.[at]];
    return keep(activity, was, is);
  });
  return {
    ...keep(plan, withoutActivity(original.carePlan), withoutActivity(mapped.carePlan)),
    needs: plan.needs.map((need, at) => keep(need, original.conditions[at], mapped.conditions[at])),
    goals: plan.goals.map((goal, at) => keep(goal, original.goals[at], mapped.goals[at])),
    activities,
  };
}

function withoutActivity({ activity: _activity, ...rest }: CarePlan): object {
  return rest;
}

function keep<T extends object>(concept: T, was: object | undefined, is: object | undefined): T {
  const kept: Kept | undefined = was && is ? leftOver(was, is) : undefined;
  return kept ? { ...concept, kept } : concept;
}

function textOf(concept: CodeableConcept | undefined): string {
  return concept?.text ?? concept?.coding?.[0]?.display ?? concept?.coding?.[0]?.code ?? '';
}

function codingOf(concept: CodeableConcept | undefined): Coding | undefined {
  const [coding] = concept?.coding ?? [];
  if (!coding?.system || !coding.code) return undefined;
  return present({ system: coding.system, code: coding.code, display: coding.display }) as Coding;
}

function idsOf(type: string, references: readonly Reference[] | undefined): string[] {
  return (references ?? []).flatMap((reference) => idOf(type, reference) ?? []);
}
