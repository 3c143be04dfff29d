import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  ActivityDefinition,
  CarePlan,
  MedicationRequest,
  PlanDefinition,
  RequestGroup,
  Resource,
  SupplyRequest,
} from '@medplum/fhirtypes';
import { type Answer, call, done } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { parameters, refusal } from './operation-calls.ts';
import { activity, days, fhirpath, plan } from './plans.ts';

const URL = 'https://careloop.example';

describe.each(databaseKinds())('$apply carries over (%s)', (kind) => {
  let hub: TestHub;
  let asa: string;
  let worker: string;
  const add = async (body: object): Promise<string> => {
    const { resourceType } = body as Resource;
    return `${resourceType}/${(await done(call('POST', `${hub.fhir}/${resourceType}`, { body }))).id}`;
  };
  beforeAll(async () => {
    hub = await startHub(kind, { now: createClock('2026-03-01T12:00:00Z').now });
    asa = await add({ resourceType: 'Patient', name: [{ given: ['Åsa'] }], birthDate: '1950-05-05' });
    worker = await add({ resourceType: 'Practitioner', name: [{ family: 'Berg' }] });
  });
  afterAll(() => hub?.close());

  const applyPlan = (planDefinition: PlanDefinition, more: object = {}): Promise<Answer> =>
    call('POST', `${hub.fhir}/PlanDefinition/$apply`, { body: parameters({ subject: asa, planDefinition, ...more }) });
  const contained = async (planDefinition: PlanDefinition, more: object = {}): Promise<Resource[]> => {
    const answer = await applyPlan(planDefinition, more);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    // What was answered is valid: it can be stored as it is.
    expect((await call('POST', `${hub.fhir}/CarePlan`, { body: answer.body })).status).toBe(201);
    return (answer.body as CarePlan).contained ?? [];
  };
  const actionsOf = ([group]: Resource[]): NonNullable<RequestGroup['action']> => (group as RequestGroup).action ?? [];

  const medicine: Partial<ActivityDefinition> = {
    kind: 'MedicationRequest',
    intent: 'order',
    contained: [
      { resourceType: 'Substance', id: 's', code: { text: 'Iron' } },
      {
        resourceType: 'Medication',
        id: 'm',
        code: { text: 'Tablet' },
        ingredient: [{ itemReference: { reference: '#s' } }],
      },
    ],
    productReference: { reference: '#m', display: 'A tablet' },
  };

  test('a product the definition contains, and what that refers to', async () => {
    const body = parameters({ subject: asa, activityDefinition: activity('iron', medicine) });
    const answer = await call<MedicationRequest>('POST', `${hub.fhir}/ActivityDefinition/$apply`, { body });
    expect(answer.status).toBe(200);
    expect(answer.body.medicationReference).toEqual({ reference: '#carried-1', display: 'A tablet' });
    expect(answer.body.contained).toEqual([
      { resourceType: 'Substance', id: 'carried-2', code: { text: 'Iron' } },
      {
        resourceType: 'Medication',
        id: 'carried-1',
        code: { text: 'Tablet' },
        ingredient: [{ itemReference: { reference: '#carried-2' } }],
      },
    ]);
    expect((await call('POST', `${hub.fhir}/MedicationRequest`, { body: answer.body })).status).toBe(201);
  });

  test('the same from a definition that a plan uses twice, once', async () => {
    await add(activity('iron-here', medicine));
    const use = { definitionCanonical: `${URL}/ActivityDefinition/iron-here` };
    const [, ...resources] = await contained(plan([use, use]));
    expect(resources.map(({ resourceType, id }) => `${resourceType} ${id}`)).toEqual([
      'Substance carried-2',
      'Medication carried-1',
      'MedicationRequest medicationrequest-1',
      'MedicationRequest medicationrequest-2',
    ]);
  });

  test('a product the plan contains beside the definition', async () => {
    const pack = activity('pack', { id: 'pack', kind: 'SupplyRequest', productReference: { reference: '#d' } });
    const device: Resource = { resourceType: 'Medication', id: 'd', code: { text: 'Pack' } };
    const resources = await contained(plan([{ definitionCanonical: '#pack' }], { contained: [pack, device] }));
    const request = resources.find(({ resourceType }) => resourceType === 'SupplyRequest') as SupplyRequest;
    expect(request.itemReference).toEqual({ reference: '#carried-1' });
  });

  test('but refuses a product that is contained nowhere', async () => {
    const body = parameters({
      subject: asa,
      activityDefinition: activity('none', { kind: 'SupplyRequest', productReference: { reference: '#none' } }),
    });
    const [status, text] = refusal(await call('POST', `${hub.fhir}/ActivityDefinition/$apply`, { body }));
    expect([status, text]).toEqual([expect.any(Number), expect.stringMatching(/contained/i)]);
  });

  test('conditions to start and to stop, which are for later, and how to choose', async () => {
    const later = (kind: 'start' | 'stop', expression: string) => ({ kind, expression: fhirpath(expression) });
    const condition = [
      { kind: 'applicability' as const, expression: fhirpath("%patient.name.given = 'Åsa'") },
      later('start', '%patient.active'),
      later('stop', '%patient.deceased.exists()'),
    ];
    const [action] = actionsOf(
      await contained(
        plan([
          {
            condition,
            selectionBehavior: 'exactly-one',
            requiredBehavior: 'could',
            groupingBehavior: 'sentence-group',
            action: [{ title: 'A' }, { title: 'B' }],
          },
        ]),
      ),
    );
    expect(action).toMatchObject({
      condition: condition.slice(1),
      selectionBehavior: 'exactly-one',
      requiredBehavior: 'could',
      groupingBehavior: 'sentence-group',
      action: [{ title: 'A' }, { title: 'B' }],
    });
  });

  test('what expressions say of all that is named in the call', async () => {
    const said = "%patient.name.given & ' by ' & %practitioner.name.family & ' in ' & %setting.coding.code";
    const [, task] = await contained(
      plan([{ title: 'x', dynamicValue: [{ path: 'description', expression: fhirpath(said) }] }]),
      { practitioner: worker, setting: { valueCodeableConcept: { coding: [{ code: 'home' }] } } },
    );
    expect(task).toMatchObject({ resourceType: 'Task', description: 'Åsa by Berg in home' });
  });

  test('dates before and after others, however far', async () => {
    const following = (id: string, actionId: string, value: number) => ({
      id,
      title: id,
      relatedAction: [{ actionId, relationship: 'after' as const, offsetDuration: days(value) }],
    });
    const before = { relationship: 'before-start' as const, offsetDuration: days(1) };
    const actions = actionsOf(
      await contained(
        plan([
          following('third', 'second', 2),
          following('second', 'first', 3),
          { id: 'first', title: 'first', timingDateTime: '2026-04-01' },
          { id: 'zeroth', title: 'zeroth', relatedAction: [{ actionId: 'first', ...before }] },
        ]),
      ),
    );
    expect(actions.map(({ id, timingDateTime }) => [id, timingDateTime?.slice(0, 10)])).toEqual([
      ['third', '2026-04-06'],
      ['second', '2026-04-04'],
      ['first', '2026-04-01'],
      ['zeroth', '2026-03-31'],
    ]);
  });

  test('plans that are stored within plans, but no circle of them', async () => {
    const canonical = (name: string): string => `${URL}/PlanDefinition/${name}`;
    await add(plan([{ title: 'Deep' }], { url: canonical('inner') }));
    await add(plan([{ definitionCanonical: canonical('inner') }], { url: canonical('middle') }));
    const actions = actionsOf(await contained(plan([{ title: 'Outer', definitionCanonical: canonical('middle') }])));
    expect(actions).toMatchObject([{ title: 'Outer', action: [{ action: [{ title: 'Deep' }] }] }]);
    await add(plan([{ definitionCanonical: canonical('two') }], { url: canonical('one') }));
    await add(plan([{ definitionCanonical: canonical('one') }], { url: canonical('two') }));
    expect(refusal(await applyPlan(plan([{ definitionCanonical: canonical('one') }])))).toEqual([
      422,
      'The plan this action stands for has this plan within it. Take one of the two out.',
      'PlanDefinition.action[0].action[0].action[0].definitionCanonical',
    ]);
  });
});
