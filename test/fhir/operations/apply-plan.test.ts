import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type {
  CarePlan,
  Goal,
  OperationOutcome,
  PlanDefinition,
  PlanDefinitionAction,
  RequestGroup,
  Resource,
  ServiceRequest,
  Task,
} from '@medplum/fhirtypes';
import { type Answer, call, done, texts } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { FOOD } from './food-questionnaire.ts';
import { parameters } from './operation-calls.ts';
import { activity, days, fhirpath, PANTRY, PROGRAMME, plan } from './plans.ts';

describe.each(databaseKinds())('PlanDefinition/$apply (%s)', (kind) => {
  let hub: TestHub;
  let asa: string;
  let child: string;
  let worker: string;
  beforeAll(async () => {
    hub = await startHub(kind, { now: createClock('2026-03-01T12:00:00Z').now });
    const add = async (resource: Resource): Promise<string> =>
      `${resource.resourceType}/${(await done(call('POST', `${hub.fhir}/${resource.resourceType}`, { body: resource }))).id}`;
    asa = await add({ resourceType: 'Patient', name: [{ given: ['Åsa'] }], birthDate: '1950-05-05' });
    child = await add({ resourceType: 'Patient', name: [{ given: ['Bo'] }], birthDate: '2015-05-05' });
    worker = await add({ resourceType: 'Practitioner', name: [{ family: 'Berg' }] });
    for (const each of [FOOD, PANTRY, PROGRAMME]) await add(each);
  });
  afterAll(() => hub?.close());

  const apply = (inputs: Parameters<typeof parameters>[0]): Promise<Answer> =>
    call('POST', `${hub.fhir}/PlanDefinition/$apply`, { body: parameters({ subject: asa, ...inputs }) });
  const applied = async (definition: PlanDefinition, subject = asa) => {
    const answer = await apply({ planDefinition: definition, subject });
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    const carePlan = answer.body as CarePlan;
    const [group, ...rest] = carePlan.contained as [RequestGroup, ...Resource[]];
    const messages = rest.find(({ id }) => id === 'messages') as OperationOutcome | undefined;
    return { carePlan, group, rest, said: (messages?.issue ?? []).map(({ details }) => details?.text) };
  };
  test('says of an action what the plan leaves to an expression, also of one that only holds others', async () => {
    const titled = (expression: string): Partial<PlanDefinitionAction> => ({
      dynamicValue: [
        { path: 'action.title', expression: fhirpath(expression) },
        { path: 'action.textEquivalent', expression: fhirpath("'As said'") },
      ],
    });
    const called = "'Help for ' & %patient.name.given.first()";
    const { group, rest } = await applied(
      plan([
        { title: 'Help', ...titled(called), action: [{ title: 'Call', ...titled("'Ring'") }] },
        { definitionCanonical: PANTRY.url ?? '', ...titled("'Refer'") },
      ]),
    );
    expect(group.action).toEqual([
      {
        title: 'Help for Åsa',
        textEquivalent: 'As said',
        action: [{ title: 'Ring', textEquivalent: 'As said', resource: { reference: '#task-1' } }],
      },
      { title: 'Refer', textEquivalent: 'As said', resource: { reference: '#servicerequest-1' } },
    ]);
    expect(rest.find(({ id }) => id === 'task-1')).toMatchObject({ description: 'Call' });
    const wrong = plan([{ title: 'x', dynamicValue: [{ path: 'action.shoeSize', expression: fhirpath('43') }] }]);
    const refused = await apply({ planDefinition: wrong });
    expect([refused.status, texts(refused)]).toEqual([
      422,
      ['A dynamic value cannot be set. RequestGroup has no element action.shoeSize.'],
    ]);
  });

  test('makes a plan of care that can be stored: dated activities, groups, goals, a questionnaire to answer', async () => {
    const answer = await apply({ canonical: { valueCanonical: `${PROGRAMME.url}|1.0.0` }, practitioner: worker });
    expect(answer.status).toBe(200);
    const carePlan = answer.body as CarePlan;
    expect(carePlan).toMatchObject({
      status: 'draft',
      intent: 'proposal',
      title: 'Food programme',
      subject: { reference: asa },
      author: { reference: worker },
      created: '2026-03-01T12:00:00.000Z',
      instantiatesCanonical: [`${PROGRAMME.url}|1.0.0`],
      goal: [{ reference: '#goal-1' }],
      activity: [{ reference: { reference: '#request-group' } }],
    });
    const [group, goal, questions, referral, followUp, messages] = carePlan.contained as [
      RequestGroup,
      Goal,
      Task,
      ServiceRequest,
      Task,
      OperationOutcome,
    ];
    expect(group.action).toEqual([
      {
        id: 'screen',
        title: 'Ask about food',
        priority: 'urgent',
        timingDateTime: '2026-03-04T12:00:00.000Z',
        resource: { reference: '#task-1' },
      },
      {
        id: 'help',
        title: 'Help',
        groupingBehavior: 'logical-group',
        selectionBehavior: 'any',
        action: [{ id: 'refer', title: 'Refer', resource: { reference: '#servicerequest-1' } }],
      },
      {
        id: 'follow-up',
        title: 'See whether it helped',
        timingDateTime: '2026-04-03T12:00:00.000Z',
        participant: [{ reference: worker }],
        relatedAction: [{ actionId: 'screen', relationship: 'after-end', offsetDuration: days(30) }],
        resource: { reference: '#task-2' },
      },
    ]);
    expect(goal).toMatchObject({ id: 'goal-1', lifecycleStatus: 'proposed', target: [{ dueDate: '2026-06-01' }] });
    const pertains = [
      {
        url: 'http://hl7.org/fhir/StructureDefinition/resource-pertainsToGoal',
        valueReference: { reference: '#goal-1' },
      },
    ];
    expect(questions).toMatchObject({
      resourceType: 'Task',
      status: 'draft',
      intent: 'proposal',
      extension: pertains,
      code: { coding: [{ system: 'http://hl7.org/fhir/uv/sdc/CodeSystem/temp', code: 'complete-questionnaire' }] },
      for: { reference: asa },
      owner: { reference: asa },
      requester: { reference: worker },
      focus: { reference: expect.stringMatching(/^Questionnaire\//) },
      restriction: { period: { end: '2026-03-04T12:00:00.000Z' } },
      input: [{ valueCanonical: `${FOOD.url}|1.0.0` }],
    });
    expect(referral).toMatchObject({
      resourceType: 'ServiceRequest',
      intent: 'plan',
      instantiatesCanonical: [`${PANTRY.url}|2`],
      code: { text: 'Food pantry' },
      patientInstruction: 'Bring an identity card, Åsa',
      performer: [{ reference: worker }],
    });
    expect(followUp).toMatchObject({ description: 'See whether it helped', owner: { reference: worker } });
    expect(messages.issue[0]?.details?.text).toBe(
      'An action stands before or after one that does not apply to this subject: that was left out.',
    );
    // Nothing is stored before somebody sends it; what was answered is accepted as it is.
    expect((await call<{ total: number }>('GET', `${hub.fhir}/CarePlan?_total=accurate`)).body.total).toBe(0);
    expect((await call('POST', `${hub.fhir}/CarePlan`, { body: carePlan })).status).toBe(201);
  });

  test('is about the subject: what applies to a child', async () => {
    const { group, said } = await applied(PROGRAMME, child);
    expect(group.action?.[1]?.action?.map(({ id }) => id)).toEqual(['refer', 'school']);
    expect(said).toEqual([]);
  });

  test('is called on a plan, by GET too, and is in the metadata', async () => {
    const { id } = await done(
      call('POST', `${hub.fhir}/PlanDefinition`, { body: plan([{ title: 'Call' }], { url: 'urn:a' }) }),
    );
    expect(await call('GET', `${hub.fhir}/PlanDefinition/${id}/$apply?subject=${asa}`)).toMatchObject({
      status: 200,
      body: { resourceType: 'CarePlan' },
    });
    const { body } = await call<{ rest: [{ resource: { type: string; operation?: { name: string }[] }[] }] }>(
      'GET',
      `${hub.fhir}/metadata`,
    );
    const operations = body.rest[0].resource.find(({ type }) => type === 'PlanDefinition')?.operation;
    expect(operations?.filter(({ name }) => name === 'apply')).toEqual([
      { name: 'apply', definition: 'http://hl7.org/fhir/OperationDefinition/PlanDefinition-apply' },
    ]);
  });

  test.each<[string, Partial<PlanDefinitionAction>, object]>([
    ['a moment', { timingDateTime: '2026-05-01' }, { timingDateTime: '2026-05-01' }],
    [
      'weeks from now',
      { timingDuration: { ...days(2), unit: 'weeks', code: 'wk' } },
      { timingDateTime: '2026-03-15T12:00:00.000Z' },
    ],
    [
      'an age',
      { timingAge: { value: 76, code: 'a', system: 'http://unitsofmeasure.org' } },
      { timingDateTime: '2026-05-05T00:00:00.000Z' },
    ],
    [
      'a range',
      { timingRange: { low: days(1), high: days(2) } },
      { timingPeriod: { start: '2026-03-02T12:00:00.000Z', end: '2026-03-03T12:00:00.000Z' } },
    ],
    [
      'a schedule',
      { timingTiming: { repeat: { frequency: 1, period: 1, periodUnit: 'wk' } } },
      { timingTiming: { repeat: { frequency: 1, period: 1, periodUnit: 'wk' } } },
    ],
  ])('dates an action by %s', async (_, timing, wanted) => {
    const { group } = await applied(plan([{ title: 'It', ...timing }]));
    expect(group.action).toEqual([{ title: 'It', ...wanted, resource: { reference: '#task-1' } }]);
  });

  test('says when a date cannot be counted', async () => {
    const { said } = await applied(
      plan([{ title: 'It', timingDuration: { ...days(2), unit: 'visits', code: '{visit}' } }]),
    );
    expect(said).toEqual([
      'When this is to be done cannot be counted: its unit, or the date of birth, is not known. It has no date.',
    ]);
  });

  test('applies plans within plans, contained definitions, and keeps the ids of two uses apart', async () => {
    const part = plan(
      [
        { id: 'a', title: 'A' },
        { id: 'b', title: 'B', relatedAction: [{ actionId: 'a', relationship: 'after', offsetDuration: days(1) }] },
      ],
      { url: undefined, id: 'part' } as object,
    );
    const pack = activity('pack', { id: 'pack', kind: 'SupplyRequest', productCodeableConcept: { text: 'Food pack' } });
    const { group, rest } = await applied(
      plan([{ definitionCanonical: '#part' }, { definitionCanonical: '#part' }, { definitionCanonical: '#pack' }], {
        contained: [part, pack],
      }),
    );
    const ids = group.action?.flatMap(({ action = [] }) => action.map(({ id }) => id)) ?? [];
    expect([ids.length, new Set(ids).size]).toEqual([4, 4]);
    expect(group.action?.[0]?.action?.[1]).toMatchObject({
      title: 'B',
      timingDateTime: '2026-03-02T12:00:00.000Z',
      relatedAction: [{ actionId: ids[0] }],
    });
    expect(rest.map(({ resourceType }) => resourceType)).toEqual(['Task', 'Task', 'Task', 'Task', 'SupplyRequest']);
  });
});
