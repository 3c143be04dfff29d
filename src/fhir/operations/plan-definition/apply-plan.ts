import type { CarePlan, Extension, PlanDefinition, RequestGroup, Resource } from '@medplum/fhirtypes';
import { AppError } from '../../../errors.ts';
import { validate } from '../../validate/validate.ts';
import { outcomeOf } from '../notes.ts';
import { applyActions, beginPlan } from './actions.ts';
import { canonicalOf } from './apply-activity.ts';
import { type ApplyWork, refused, subjectOf } from './apply-work.ts';
import { idsOf, withoutStrays } from './related.ts';

/**
 * What a PlanDefinition means for the subject: a CarePlan that contains the RequestGroup of its actions, and what is to
 * be done in them.
 * @throws AppError (422) when it says what cannot be done here
 * @see https://hl7.org/fhir/R4/plandefinition-operation-apply.html
 */
export async function applyPlan(work: ApplyWork, plan: PlanDefinition): Promise<CarePlan> {
  checkSubject(work, plan);
  const applying = beginPlan(work, plan);
  const actions = await applyActions(applying, plan.action ?? [], 'PlanDefinition');
  const group = groupOf(work, plan, withoutStrays(work, actions, idsOf(actions)));
  const contained: Resource[] = [group, ...work.contained];
  return finished(work, { ...carePlanOf(work, plan), contained });
}

function checkSubject({ subject }: ApplyWork, { subjectCodeableConcept }: PlanDefinition): void {
  const [coding] = subjectCodeableConcept?.coding ?? [];
  const type = coding?.code ?? 'Patient';
  if (subject.resourceType === type && (type === 'Patient' || type === 'Group')) return;
  const wanted =
    type === 'Patient' || type === 'Group'
      ? `It is for a ${type}.`
      : `Plans here are for a Patient or a Group, not for a ${type}.`;
  throw refused(`This plan cannot be applied to a ${subject.resourceType}. ${wanted}`, 'PlanDefinition.subject');
}

interface Shared {
  readonly instantiatesCanonical?: string[];
  readonly status: 'draft';
  readonly intent: 'proposal';
  readonly subject: CarePlan['subject'];
  readonly encounter?: NonNullable<CarePlan['encounter']>;
}

function shared(work: ApplyWork, plan: PlanDefinition): Shared {
  const canonical = canonicalOf(plan);
  return {
    ...(canonical ? { instantiatesCanonical: [canonical] } : {}),
    status: 'draft',
    intent: 'proposal',
    subject: subjectOf(work) as CarePlan['subject'],
    ...(work.encounter ? { encounter: work.encounter as NonNullable<CarePlan['encounter']> } : {}),
  };
}

function groupOf(work: ApplyWork, plan: PlanDefinition, action: NonNullable<RequestGroup['action']>): RequestGroup {
  const author = work.practitioner;
  return {
    resourceType: 'RequestGroup',
    id: 'request-group',
    ...shared(work, plan),
    authoredOn: work.budget.now.toISOString(),
    ...(author ? { author: author as NonNullable<RequestGroup['author']> } : {}),
    ...(action.length > 0 ? { action } : {}),
  };
}

function carePlanOf(work: ApplyWork, plan: PlanDefinition): CarePlan {
  const author = work.practitioner ?? work.organization;
  const goals = work.contained.filter(({ resourceType }) => resourceType === 'Goal');
  return {
    resourceType: 'CarePlan',
    ...shared(work, plan),
    ...(plan.title ? { title: plan.title } : {}),
    ...(plan.description ? { description: plan.description } : {}),
    created: work.budget.now.toISOString(),
    ...(author ? { author: author as NonNullable<CarePlan['author']> } : {}),
    ...(goals.length > 0 ? { goal: goals.map(({ id }) => ({ reference: `#${id}` })) } : {}),
    activity: [{ reference: { reference: '#request-group' } }],
  };
}

const MESSAGES = 'http://hl7.org/fhir/StructureDefinition/cqf-messages';

type Result = Resource & { contained?: Resource[]; extension?: Extension[] };

/**
 * A result with what could not be done as asked, in an OperationOutcome it contains.
 * @throws AppError (422) when the definition leads to what is not FHIR
 */
export function finished<T extends Result>({ notes }: ApplyWork, result: T): T {
  const outcome = outcomeOf(notes);
  const extension = { url: MESSAGES, valueReference: { reference: '#messages' } };
  const whole = outcome
    ? {
        ...result,
        extension: [...(result.extension ?? []), extension],
        contained: [...(result.contained ?? []), { ...outcome, id: 'messages' }],
      }
    : result;
  try {
    validate(whole);
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const issues = thrown.outcome.issue.map(({ details, expression }) => ({
      text: details?.text ?? thrown.message,
      expression: expression?.[0],
    }));
    const text = 'What this definition leads to is not valid FHIR R4: change the definition.';
    throw new AppError('unprocessable', 'apply.not-valid', text, { issues, cause: thrown });
  }
  return whole;
}
