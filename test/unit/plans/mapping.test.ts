import { describe, expect, test } from '@jest/globals';
import type { CarePlan, Condition, Goal } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { loadDefinitions } from '../../../src/fhir/definitions.ts';
import { validate } from '../../../src/fhir/validate/validate.ts';
import { fromFhir } from '../../../src/plans/from-fhir.ts';
import { present } from '../../../src/plans/kept.ts';
import { ACHIEVEMENTS, type Activity, type Coding, type Plan, type Responsible } from '../../../src/plans/plan.ts';
import { type PlanResources, toFhir } from '../../../src/plans/to-fhir.ts';

const context = { hubOrg: 'careloop' };

const text = fc.string({ minLength: 1, maxLength: 40 }).filter((each) => each.trim() === each && each.length > 0);
const day = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2039-12-31'), noInvalidDate: true })
  .map((each) => each.toISOString().slice(0, 10));
const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });

const coding: fc.Arbitrary<Coding> = fc
  .record({
    system: fc.constant('http://snomed.info/sct'),
    code: fc.stringMatching(/^[0-9]{4,10}$/),
    display: maybe(text),
  })
  .map((each) => present(each) as Coding);

const responsible: fc.Arbitrary<Responsible> = fc.oneof(
  fc.uuid().map((id): Responsible => ({ kind: 'organization', id })),
  fc.constantFrom<Responsible>({ kind: 'case-manager' }, { kind: 'client' }, { kind: 'any-matching-service' }),
);

const plan: fc.Arbitrary<Plan> = fc
  .record({
    needIds: fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 4 }),
    goalIds: fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 4 }),
  })
  .chain(({ needIds, goalIds }) =>
    fc.record({
      id: fc.uuid(),
      clientId: fc.uuid(),
      title: text,
      start: day,
      reviewDue: maybe(day),
      needs: fc.tuple(...needIds.map((id) => fc.record({ id: fc.constant(id), text, category: maybe(coding) }))),
      goals: fc.tuple(
        ...goalIds.map((id) =>
          fc.record({
            id: fc.constant(id),
            text,
            due: maybe(day),
            needIds: fc.subarray(needIds),
            achievement: maybe(fc.constantFrom(...ACHIEVEMENTS)),
            outcomes: fc.array(text, { maxLength: 3 }),
          }),
        ),
      ),
      activities: fc.array(activity(goalIds), { maxLength: 4 }),
    }),
  )
  .map((each) => JSON.parse(JSON.stringify(each)) as Plan);

function activity(goalIds: string[]): fc.Arbitrary<Activity> {
  return fc.record({
    id: fc.uuid(),
    text,
    responsible,
    due: day,
    service: maybe(coding),
    goalIds: fc.subarray(goalIds),
    requestId: maybe(fc.uuid()),
    outcomes: fc.array(
      fc
        .record({ reference: fc.uuid().map((id) => `Procedure/${id}`), text: maybe(text) })
        .map((each) => present(each) as Activity['outcomes'][number]),
      { maxLength: 2 },
    ),
  }) as fc.Arbitrary<Activity>;
}

describe('a plan and its FHIR resources', () => {
  test('say the same: reading what was written gives the plan back', () => {
    fc.assert(fc.property(plan, (each) => expect(fromFhir(toFhir(each, context), context)).toEqual(each)));
  });

  test('are valid FHIR R4', () => {
    loadDefinitions();
    fc.assert(
      fc.property(plan, (each) => {
        const { carePlan, conditions, goals, requests } = toFhir(each, context);
        for (const resource of [carePlan, ...conditions, ...goals, ...requests]) validate(resource);
      }),
      { numRuns: 30 },
    );
  });

  test('keep what the words have no place for', () => {
    const partner = partnerResources();
    const written = toFhir(fromFhir(partner, context), context);
    expect(written.carePlan).toMatchObject(partner.carePlan);
    expect(written.goals).toMatchObject(partner.goals);
    expect(written.conditions).toMatchObject(partner.conditions);
  });
});

/** Resources of a partner that use more of FHIR than a plan has words for. */
function partnerResources(): PlanResources {
  const unknown = [{ url: 'https://partner.example/extension', valueString: 'theirs' }];
  const carePlan: CarePlan & { id: string } = {
    resourceType: 'CarePlan',
    id: 'cp',
    status: 'on-hold',
    intent: 'order',
    title: 'Theirs',
    description: 'In their words',
    extension: unknown,
    subject: { reference: 'Patient/p', display: 'A client' },
    period: { start: '2026-01-01', end: '2026-12-31' },
    contributor: [{ reference: 'Organization/theirs' }],
    addresses: [{ reference: 'Condition/c' }],
    goal: [{ reference: 'Goal/g' }],
    note: [{ text: 'A note' }],
    activity: [
      {
        id: 'a',
        detail: {
          status: 'in-progress',
          statusReason: { text: 'Going well' },
          description: 'Walk daily',
          scheduledPeriod: { start: '2026-01-02', end: '2026-02-01' },
          doNotPerform: false,
        },
      },
    ],
  };
  const goal: Goal & { id: string } = {
    resourceType: 'Goal',
    id: 'g',
    lifecycleStatus: 'accepted',
    priority: { text: 'high' },
    description: { text: 'Walk to the shop', coding: [{ system: 'http://snomed.info/sct', code: '1' }] },
    subject: { reference: 'Patient/p' },
    target: [{ measure: { text: 'steps' }, detailInteger: 4000, dueDate: '2026-06-01' }],
    extension: unknown,
  };
  const condition: Condition & { id: string } = {
    resourceType: 'Condition',
    id: 'c',
    clinicalStatus: {
      coding: [{ system: 'http://terminology.hl7.org/CodeSystem/condition-clinical', code: 'recurrence' }],
    },
    code: { coding: [{ system: 'http://snomed.info/sct', code: '2', display: 'Falls' }] },
    subject: { reference: 'Patient/p' },
    onsetDateTime: '2025',
    extension: unknown,
  };
  return { carePlan, goals: [goal], conditions: [condition], requests: [] };
}
