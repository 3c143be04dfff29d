import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ActivityDefinition, OperationOutcome } from '@medplum/fhirtypes';
import { type Answer, call, done } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { parameters, refusal } from './operation-calls.ts';
import { activity, days, fhirpath } from './plans.ts';

describe.each(databaseKinds())('ActivityDefinition/$apply (%s)', (kind) => {
  let hub: TestHub;
  let asa: string;
  beforeAll(async () => {
    hub = await startHub(kind, { now: createClock('2026-03-01T12:00:00Z').now });
    asa = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id}`;
  });
  afterAll(() => hub?.close());

  const apply = (activityDefinition: ActivityDefinition): Promise<Answer> =>
    call('POST', `${hub.fhir}/ActivityDefinition/$apply`, { body: parameters({ activityDefinition, subject: asa }) });

  test.each<[NonNullable<ActivityDefinition['kind']>, Partial<ActivityDefinition>, object]>([
    [
      'Task',
      { code: { coding: [{ code: 'fulfill' }] } },
      { status: 'draft', intent: 'proposal', for: true, restriction: { period: { end: '2026-03-08T12:00:00.000Z' } } },
    ],
    [
      'ServiceRequest',
      { intent: 'order', doNotPerform: true },
      { intent: 'order', doNotPerform: true, occurrenceDateTime: '2026-03-08T12:00:00.000Z', code: { text: 'How to' } },
    ],
    [
      'CommunicationRequest',
      { participant: [{ type: 'patient' }] },
      { payload: [{ contentString: 'How to' }], recipient: true, occurrenceDateTime: '2026-03-08T12:00:00.000Z' },
    ],
    [
      'Appointment',
      {},
      {
        status: 'proposed',
        participant: [{ status: 'needs-action' }],
        requestedPeriod: [{ start: '2026-03-08T12:00:00.000Z' }],
      },
    ],
    [
      'MedicationRequest',
      { productCodeableConcept: { text: 'Vitamin D' }, dosage: [{ text: 'daily' }] },
      { medicationCodeableConcept: { text: 'Vitamin D' }, dosageInstruction: [{ text: 'daily' }] },
    ],
    ['DeviceRequest', { code: { text: 'Walker' } }, { codeCodeableConcept: { text: 'Walker' } }],
    [
      'SupplyRequest',
      { productCodeableConcept: { text: 'Food pack' }, quantity: { value: 2 } },
      { itemCodeableConcept: { text: 'Food pack' }, quantity: { value: 2 } },
    ],
  ])('makes a %s that can be stored', async (type, fields, wanted) => {
    const answer = await apply(
      activity('it', { kind: type, description: 'How to', timingDuration: days(7), ...fields }),
    );
    const subject = { reference: asa };
    const filled = Object.fromEntries(
      Object.entries(wanted).map(([name, value]) => [
        name,
        value === true && name === 'for' ? subject : value === true && name === 'recipient' ? [subject] : value,
      ]),
    );
    expect(answer).toMatchObject({ status: 200, body: { resourceType: type, ...filled } });
    expect((await call('POST', `${hub.fhir}/${type}`, { body: answer.body })).status).toBe(201);
  });

  test('sets what is dynamic: lists, choices, inner elements, by type', async () => {
    const dynamicValue = [
      { path: 'code.text', expression: fhirpath("'Visit'") },
      { path: 'ServiceRequest.occurrence[x]', expression: fhirpath('today() + 1 month') },
      { path: 'reasonCode.text', expression: fhirpath("'Hunger'") },
      { path: 'note', expression: fhirpath("'one' | 'two'") },
      { path: 'quantityQuantity', expression: fhirpath("3 'd'") },
      { path: 'supportingInfo', expression: fhirpath('%patient') },
      { path: 'asNeeded[x]', expression: fhirpath('true') },
    ];
    expect((await apply(activity('it', { kind: 'ServiceRequest', dynamicValue }))).body).toMatchObject({
      code: { text: 'Visit' },
      occurrenceDateTime: '2026-04-01',
      reasonCode: [{ text: 'Hunger' }],
      note: [{ text: 'one' }, { text: 'two' }],
      quantityQuantity: { value: 3, unit: 'd' },
      supportingInfo: [{ reference: asa }],
      asNeededBoolean: true,
    });
  });

  test.each<[string, Partial<ActivityDefinition>, string]>([
    [
      'another kind',
      { kind: 'Claim' },
      'Activities of the kind Claim cannot be made here. There are: Appointment, CommunicationRequest, DeviceRequest, MedicationRequest, ServiceRequest, SupplyRequest, Task.',
    ],
    [
      'a StructureMap',
      { transform: 'urn:map' },
      'A definition is not transformed by a StructureMap here. Use its elements and dynamicValue.',
    ],
    [
      'names of the language',
      { dynamicValue: [{ path: 'constructor.prototype.x', expression: fhirpath('1') }] },
      'A dynamic value cannot be set. Task has no element constructor.prototype.x.',
    ],
    [
      'no path',
      { dynamicValue: [{ path: 'a b', expression: fhirpath('1') }] },
      'A dynamic value cannot be set. "a b" is not a path of elements.',
    ],
  ])('refuses %s', async (_, fields, text) => {
    const answer = await apply(activity('it', fields));
    const said = (answer.body as OperationOutcome).issue?.map(({ details }) => details?.text);
    expect([answer.status, said]).toEqual([422, expect.arrayContaining([text])]);
  });

  test('refuses a definition that is not valid itself: what it contains is referred to by nothing', async () => {
    const contained = [{ resourceType: 'Medication', id: 'm' } as const];
    expect(refusal(await apply(activity('it', { contained })))).toEqual([
      400,
      'Nothing refers to this contained resource. Refer to it by "#" and its id, or leave it out. (Rule dom-3.)',
      'Parameters.parameter[0].resource.contained[0]',
    ]);
  });

  test('refuses what leads to no FHIR, and says where', async () => {
    const { status, body } = await apply(activity('it', { kind: 'MedicationRequest' }));
    expect([status, (body as OperationOutcome).issue[0]]).toMatchObject([
      422,
      {
        details: { coding: [{ code: 'apply.not-valid' }] },
        expression: [expect.stringMatching(/^MedicationRequest\.medication/)],
      },
    ]);
  });
});
