import type {
  ActivityDefinition,
  PlanDefinitionAction,
  Questionnaire,
  Reference,
  RequestGroupAction,
  Resource,
} from '@medplum/fhirtypes';
import { placeValue } from '../elements/place-value.ts';
import { note } from '../notes.ts';
import { type Activity, type Asked, KINDS, writeActivity } from './activity.ts';
import { type ApplyWork, refused, subjectOf, valuesOf } from './apply-work.ts';
import { carried } from './carry.ts';
import { type TimingChoice, type When, whenOf } from './when.ts';

/** What the action that uses a definition says beside it; it goes before what the definition says. */
export interface ByAction {
  readonly when?: When | undefined;
  readonly action?: PlanDefinitionAction | undefined;
  /** Where the action stands. */
  readonly place?: string | undefined;
  /** What stands beside the definition, when it is itself contained in a plan. */
  readonly contained?: readonly Resource[] | undefined;
}

/**
 * What an ActivityDefinition means for the subject, as the resource of its kind.
 * @throws AppError (422) when it says what cannot be done here
 * @see https://hl7.org/fhir/R4/activitydefinition-operation-apply.html
 */
export async function applyActivity(
  work: ApplyWork,
  definition: ActivityDefinition,
  by: ByAction = {},
): Promise<Resource> {
  if (definition.transform) {
    throw refused(
      'A definition is not transformed by a StructureMap here. Use its elements and dynamicValue.',
      'ActivityDefinition.transform',
      'not-supported',
    );
  }
  const activity = activityOf(work, definition, by);
  const kind = definition.kind ?? 'Task';
  const resource = writeActivity(kind, activity, askedOf(work));
  if (!resource) {
    throw refused(
      `Activities of the kind ${kind} cannot be made here. There are: ${KINDS.join(', ')}.`,
      'ActivityDefinition.kind',
      'not-supported',
    );
  }
  await setDynamic(work, resource, kind, definition.dynamicValue ?? [], 'ActivityDefinition');
  await setDynamic(
    work,
    resource,
    kind,
    by.action?.dynamicValue ?? [],
    by.place ?? 'PlanDefinition.action',
    isOfResource,
  );
  return resource as unknown as Resource;
}

function activityOf(work: ApplyWork, definition: ActivityDefinition, { when, action, contained }: ByAction): Activity {
  const inside = contained ?? definition.contained ?? [];
  const carry = (reference: Reference | undefined, name: string): Reference | undefined =>
    carried(work, inside, reference, `ActivityDefinition.${name}`);
  const {
    productReference,
    productCodeableConcept: productCode,
    location,
    quantity,
    dosage,
    bodySite,
    doNotPerform,
    description,
    code,
  } = definition;
  return {
    instantiates: canonicalOf(definition),
    title: action?.title ?? definition.title,
    description: action?.description ?? description,
    code: code ?? action?.code?.[0],
    priority: action?.priority ?? definition.priority,
    intent: definition.intent ?? 'proposal',
    doNotPerform,
    when: when ?? countable(work, definition, 'ActivityDefinition'),
    performers: participantsOf(work, [...(action?.participant ?? []), ...(definition.participant ?? [])]),
    location: carry(location, 'location'),
    quantity,
    productReference: carry(productReference, 'product'),
    productCode,
    dosage,
    bodySite,
    reasons: action?.reason ?? [],
  };
}

/** A thing to be done that has no definition of its own. */
export async function applyBareAction(
  work: ApplyWork,
  action: PlanDefinitionAction,
  when: When | undefined,
  place: string,
): Promise<Resource> {
  const activity: Activity = {
    title: action.title,
    description: action.description ?? action.title ?? action.textEquivalent,
    code: action.code?.[0],
    priority: action.priority,
    intent: 'proposal',
    when,
    performers: participantsOf(work, action.participant ?? []),
    reasons: action.reason ?? [],
  };
  const resource = writeActivity('Task', activity, askedOf(work)) ?? {};
  await setDynamic(work, resource, 'Task', action.dynamicValue ?? [], place, isOfResource);
  return resource as unknown as Resource;
}

const SDC_TEMP = 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp';

/**
 * A questionnaire to be answered: by the patient, unless the action says by whom.
 * @see http://hl7.org/fhir/us/sdoh-clinicalcare/StructureDefinition/SDOHCC-TaskForPatient
 */
export async function applyQuestionnaire(
  work: ApplyWork,
  questionnaire: Questionnaire,
  canonical: string,
  by: ByAction,
): Promise<Resource> {
  const { action } = by;
  const named = participantsOf(work, action?.participant ?? []);
  const activity: Activity = {
    title: action?.title ?? questionnaire.title,
    description: action?.description ?? action?.title ?? questionnaire.title,
    code: { coding: [{ system: SDC_TEMP, code: 'complete-questionnaire' }], text: 'Complete questionnaire' },
    priority: action?.priority,
    intent: 'proposal',
    when: by.when,
    performers: named.length > 0 ? named : participantsOf(work, [{ type: 'patient' }]),
    reasons: action?.reason ?? [],
  };
  const resource = writeActivity('Task', activity, askedOf(work)) ?? {};
  if (questionnaire.id && !canonical.startsWith('#'))
    resource.focus = { reference: `Questionnaire/${questionnaire.id}` };
  const input = {
    type: { coding: [{ system: SDC_TEMP, code: 'questionnaire' }] },
    valueCanonical: canonicalOf(questionnaire) ?? canonical,
  };
  resource.input = [input];
  await setDynamic(
    work,
    resource,
    'Task',
    action?.dynamicValue ?? [],
    by.place ?? 'PlanDefinition.action',
    isOfResource,
  );
  return resource as unknown as Resource;
}

function askedOf(work: ApplyWork): Asked {
  const { encounter, practitioner, organization, budget } = work;
  return {
    subject: subjectOf(work),
    encounter,
    requester: practitioner ?? organization,
    now: budget.now.toISOString(),
  };
}

/** A timing that can be counted; what cannot is said. */
export function countable(work: ApplyWork, timing: TimingChoice, place: string): When | undefined {
  const when = whenOf(work, timing);
  if (when !== 'unknown') return when;
  note(
    work.notes,
    'When this is to be done cannot be counted: its unit, or the date of birth, is not known. It has no date.',
    `${place}.timing`,
  );
  return undefined;
}

/** Who takes part, of those that are known. */
export function participantsOf(
  { subject, practitioner, organization }: ApplyWork,
  participants: readonly { readonly type?: string | undefined }[],
): Reference[] {
  const patient = subject.resourceType === 'Patient' ? { reference: `Patient/${subject.id}` } : undefined;
  const known = participants.flatMap(({ type }): Reference[] => {
    const actor = type === 'patient' ? patient : type === 'practitioner' ? (practitioner ?? organization) : undefined;
    return actor ? [actor] : [];
  });
  return known.filter(({ reference }, at) => known.findIndex((each) => each.reference === reference) === at);
}

/** `url|version` of a definition. */
export function canonicalOf({
  url,
  version,
}: {
  readonly url?: string;
  readonly version?: string;
}): string | undefined {
  return url ? [url, version].filter(Boolean).join('|') : undefined;
}

type Dynamic = NonNullable<PlanDefinitionAction['dynamicValue']>[number];

/** Whether a dynamic value is for what an action becomes, rather than for what the plan says of the action: `action.title`. */
function isOfResource(path: string): boolean {
  return !path.startsWith('action.');
}

/** Sets what is said of an action, where the plan leaves it to an expression. */
export async function setOfAction(
  work: ApplyWork,
  described: RequestGroupAction,
  { dynamicValue = [] }: PlanDefinitionAction,
  place: string,
): Promise<void> {
  await setDynamic(work, { action: [described] }, 'RequestGroup', dynamicValue, place, (path) => !isOfResource(path));
}

/** Sets what a definition leaves to an expression. @see https://hl7.org/fhir/R4/activitydefinition.html#dynamicValues */
async function setDynamic(
  work: ApplyWork,
  resource: Record<string, unknown>,
  type: string,
  values: readonly Dynamic[],
  place: string,
  isMeant: (path: string) => boolean = () => true,
): Promise<void> {
  for (const [at, { path, expression }] of values.entries()) {
    const where = `${place}.dynamicValue[${at}]`;
    if (!path) throw refused('A dynamic value needs the path of the element it is for.', `${where}.path`, 'required');
    if (!isMeant(path)) continue;
    for (const value of await valuesOf(work, expression, `${where}.expression`)) {
      const why = placeValue(
        { node: resource, type },
        path.startsWith(`${type}.`) ? path.slice(type.length + 1) : path,
        value,
      );
      if (why) throw refused(`A dynamic value cannot be set. ${why}`, `${where}.path`);
    }
  }
}
