import type { ActivityDefinition, PlanDefinition, PlanDefinitionAction } from '@medplum/fhirtypes';

const URL = 'https://careloop.example';

export function fhirpath(expression: string): { language: 'text/fhirpath'; expression: string } {
  return { language: 'text/fhirpath', expression };
}

export function days(value: number): { value: number; unit: string; system: string; code: string } {
  return { value, unit: 'd', system: 'http://unitsofmeasure.org', code: 'd' };
}

/** A plan of some actions; without any, it has no such list, as FHIR asks. */
export function plan(action: PlanDefinitionAction[], fields: Partial<PlanDefinition> = {}): PlanDefinition {
  const own: PlanDefinition = { resourceType: 'PlanDefinition', status: 'active', url: `${URL}/PlanDefinition/own` };
  return { ...own, ...fields, ...(action.length > 0 ? { action } : {}) };
}

export function activity(name: string, fields: Partial<ActivityDefinition> = {}): ActivityDefinition {
  return {
    resourceType: 'ActivityDefinition',
    status: 'active',
    url: `${URL}/ActivityDefinition/${name}`,
    name,
    ...fields,
  };
}

/** A referral to a food pantry, of our own. */
export const PANTRY = activity('pantry', {
  version: '2',
  kind: 'ServiceRequest',
  intent: 'plan',
  code: { text: 'Food pantry' },
  description: 'Referral to a food pantry',
  participant: [{ type: 'practitioner' }],
  dynamicValue: [
    { path: 'patientInstruction', expression: fhirpath("'Bring an identity card, ' & %patient.name.given.first()") },
  ],
});

/** A small programme of our own: screen, refer who goes without food, see whether it helped. */
export const PROGRAMME: PlanDefinition = plan(
  [
    {
      id: 'screen',
      title: 'Ask about food',
      priority: 'urgent',
      definitionCanonical: `${URL}/Questionnaire/food`,
      timingDuration: days(3),
      goalId: ['fed'],
    },
    {
      id: 'help',
      title: 'Help',
      groupingBehavior: 'logical-group',
      selectionBehavior: 'any',
      action: [
        { id: 'refer', title: 'Refer', definitionCanonical: `${URL}/ActivityDefinition/pantry`, goalId: ['fed'] },
        {
          id: 'school',
          title: 'School meals',
          condition: [{ kind: 'applicability', expression: fhirpath('%patient.birthDate > today() - 18 years') }],
          relatedAction: [{ actionId: 'refer', relationship: 'before-start' }],
        },
      ],
    },
    {
      id: 'follow-up',
      title: 'See whether it helped',
      relatedAction: [
        { actionId: 'screen', relationship: 'after-end', offsetDuration: days(30) },
        { actionId: 'school', relationship: 'after' },
      ],
      participant: [{ type: 'practitioner' }],
    },
  ],
  {
    version: '1.0.0',
    title: 'Food programme',
    goal: [{ id: 'fed', description: { text: 'Enough to eat' }, target: [{ due: { value: 3, unit: 'months' } }] }],
  },
);
