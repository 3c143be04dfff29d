import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { PlanDefinition, Resource } from '@medplum/fhirtypes';
import { type Answer, call, done } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { parameters, refusal } from './operation-calls.ts';
import { fhirpath, PROGRAMME, plan } from './plans.ts';

describe.each(databaseKinds())('PlanDefinition/$apply refuses (%s)', (kind) => {
  let hub: TestHub;
  let asa: string;
  let child: string;
  beforeAll(async () => {
    hub = await startHub(kind, { now: createClock('2026-03-01T12:00:00Z').now });
    const add = async (resource: Resource): Promise<string> =>
      `${resource.resourceType}/${(await done(call('POST', `${hub.fhir}/${resource.resourceType}`, { body: resource }))).id}`;
    asa = await add({ resourceType: 'Patient', name: [{ given: ['Åsa'] }], birthDate: '1950-05-05' });
    child = await add({ resourceType: 'Patient', name: [{ given: ['Bo'] }], birthDate: '2015-05-05' });
    await add(PROGRAMME);
  });
  afterAll(() => hub?.close());

  const apply = (inputs: Parameters<typeof parameters>[0]): Promise<Answer> =>
    call('POST', `${hub.fhir}/PlanDefinition/$apply`, { body: parameters({ subject: asa, ...inputs }) });
  const circle = 'https://careloop.example/PlanDefinition/own';
  test.each<[string, PlanDefinition, string, string]>([
    [
      'CQL',
      plan([{ condition: [{ kind: 'applicability', expression: { language: 'text/cql', expression: 'X' } }] }]),
      'This expression cannot be evaluated: CQL is not spoken here. Write it in FHIRPath (text/fhirpath).',
      'PlanDefinition.action[0].condition[0].expression',
    ],
    [
      'a condition that is no FHIRPath',
      plan([{ condition: [{ kind: 'applicability', expression: fhirpath('%patient.') }] }]),
      'This FHIRPath expression cannot be evaluated. It is not FHIRPath from its character 10 on.',
      'PlanDefinition.action[0].condition[0].expression',
    ],
    [
      'a definition that is not here',
      plan([{ action: [{ definitionCanonical: 'urn:none' }] }]),
      'The definition of this action is not here. Create it first, or contain it in the plan.',
      'PlanDefinition.action[0].action[0].definitionCanonical',
    ],
    [
      'a plan within itself',
      plan([{ definitionCanonical: '#again' }], { contained: [plan([], { id: 'again', url: circle })] }),
      'The plan this action stands for has this plan within it. Take one of the two out.',
      'PlanDefinition.action[0].definitionCanonical',
    ],
    [
      'actions that wait for one another',
      plan([
        { id: 'a', relatedAction: [{ actionId: 'b', relationship: 'after' }] },
        { id: 'b', relatedAction: [{ actionId: 'a', relationship: 'after' }] },
      ]),
      'The actions of this plan stand before and after one another in a circle. Take one relatedAction out.',
      'PlanDefinition.action.relatedAction',
    ],
    [
      'an element that is not there',
      plan([{ title: 'x', dynamicValue: [{ path: 'shoeSize', expression: fhirpath('43') }] }]),
      'A dynamic value cannot be set. Task has no element shoeSize.',
      'PlanDefinition.action[0].dynamicValue[0].path',
    ],
    [
      'a value that does not fit',
      plan([{ title: 'x', dynamicValue: [{ path: 'authoredOn', expression: fhirpath("'soon'") }] }]),
      'A dynamic value cannot be set. The value does not fit authoredOn, which is dateTime.',
      'PlanDefinition.action[0].dynamicValue[0].path',
    ],
    [
      'another subject',
      plan([], { subjectCodeableConcept: { coding: [{ code: 'Group' }] } }),
      'This plan cannot be applied to a Patient. It is for a Group.',
      'PlanDefinition.subject',
    ],
    [
      'too many actions',
      plan(Array.from({ length: 501 }, () => ({ title: 'x' }))),
      'A plan has at most 500 actions here, those of the plans within it included.',
      'PlanDefinition.action[500]',
    ],
  ])('refuses %s', async (_, definition, text, place) => {
    expect(refusal(await apply({ planDefinition: definition }))).toEqual([422, text, place]);
  });

  test.each<[string, PlanDefinition, string, string]>([
    [
      'an empty list of actions',
      { ...plan([]), action: [] },
      'A list may not be empty. Give a value, or leave the element out.',
      'action',
    ],
    [
      'a duration whose unit is of no system',
      plan([{ title: 'It', timingDuration: { value: 2, code: 'wk' } }]),
      'There SHALL be a code if there is a value and it SHALL be an expression of time.  If system is present, it SHALL be UCUM. (Rule drt-1 of Duration.)',
      'action[0].timing.ofType(Duration)',
    ],
  ])('refuses a plan that is not valid itself: %s', async (_, definition, text, place) => {
    expect(refusal(await apply({ planDefinition: definition }))).toEqual([
      400,
      text,
      `Parameters.parameter[1].resource.${place}`,
    ]);
  });

  test('refuses a call without a plan, without a subject, with two, or with one that is not here', async () => {
    const ask = (query: string): Promise<Answer> => call('GET', `${hub.fhir}/PlanDefinition/$apply?${query}`);
    const named = `canonical=${PROGRAMME.url}`;
    expect(refusal(await ask(`subject=${asa}`))).toEqual([
      400,
      'The parameter "planDefinition" is needed, e.g. a PlanDefinition, or "canonical" with its address.',
      'planDefinition',
    ]);
    expect(refusal(await ask(named))).toEqual([400, 'The parameter "subject" is needed, e.g. Patient/123.', 'subject']);
    expect(refusal(await ask(`${named}&subject=${asa}&subject=${child}`))).toEqual([
      400,
      'A definition is applied to one subject at a time: send one "subject".',
      'subject',
    ]);
    expect(refusal(await ask(`${named}&subject=Patient/none`))).toEqual([
      422,
      'What "subject" refers to is not here: name a resource of this server by type and id.',
      'subject',
    ]);
    expect(refusal(await ask(`canonical=urn:none&subject=${asa}`))).toEqual([
      404,
      'There is no PlanDefinition of this address here. Create it first, or send it as "planDefinition".',
      'planDefinition',
    ]);
    expect(refusal(await call('GET', `${hub.fhir}/PlanDefinition/none/$apply?subject=${asa}`))).toEqual([
      404,
      'There is no PlanDefinition/none here.',
      undefined,
    ]);
  });
});
