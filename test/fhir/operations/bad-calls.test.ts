import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { ParametersParameter, Resource } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { type Answer, call, done } from '../../support/api.ts';
import { createClock } from '../../support/clock.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { FOOD, sdc, withConcern } from './food-questionnaire.ts';
import { type Inputs, parameters, questionnaire, refusal } from './operation-calls.ts';
import { PANTRY, PROGRAMME } from './plans.ts';

const RESPONSE = {
  resourceType: 'QuestionnaireResponse',
  status: 'completed',
  questionnaire: FOOD.url,
  item: [{ linkId: 'questions', item: [{ linkId: 'persons', answer: [{ valueInteger: 4 }] }] }],
} as unknown as Resource;

describe.each(databaseKinds())('a call of an operation on definitions (%s)', (kind) => {
  let hub: TestHub;
  let asa: string;
  beforeAll(async () => {
    hub = await startHub(kind, { now: createClock('2026-03-01T12:00:00Z').now });
    asa = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id}`;
    for (const each of [FOOD, PANTRY, PROGRAMME])
      await done(call('POST', `${hub.fhir}/${each.resourceType}`, { body: each }));
  });
  afterAll(() => hub?.close());

  test.each<[string, string, unknown[]]>([
    [
      'GET',
      'Questionnaire/$populate?subject=Patient/none',
      [
        400,
        'The parameter "questionnaire" is needed, e.g. a Questionnaire, or "canonical" with its address.',
        'questionnaire',
      ],
    ],
    [
      'GET',
      `Questionnaire/$populate?canonical=${FOOD.url}`,
      [400, 'The parameter "subject" is needed, e.g. Patient/123.', 'subject'],
    ],
    [
      'GET',
      `Questionnaire/$populate?canonical=${FOOD.url}&subject=Patient/none`,
      [422, 'The subject is not here: name a resource of this server, e.g. Patient/123.', 'subject'],
    ],
    [
      'GET',
      `Questionnaire/$populate?canonical=${FOOD.url}&subject=Organization/careloop`,
      [422, 'This questionnaire is about Patient, not about a Organization.', 'subject'],
    ],
    [
      'GET',
      'Questionnaire/$populate?canonical=urn:none&subject=Patient/none',
      [
        404,
        'There is no Questionnaire of this address here. Create it first, or send it as "questionnaire".',
        'canonical',
      ],
    ],
    [
      'GET',
      `Questionnaire/$populate?canonical=${FOOD.url}|9&subject=Patient/none`,
      [
        404,
        'There is no Questionnaire of this address here. Create it first, or send it as "questionnaire".',
        'canonical',
      ],
    ],
    [
      'GET',
      'Questionnaire/none/$populate?subject=Patient/none',
      [404, 'There is no Questionnaire/none here.', undefined],
    ],
    ['GET', 'QuestionnaireResponse/none/$extract', [404, 'There is no QuestionnaireResponse/none here.', undefined]],
  ])('is refused, with what to do: %s %s', async (method, path, wanted) => {
    expect(refusal(await call(method, `${hub.fhir}/${path}`))).toEqual(wanted);
  });

  test('is refused for a questionnaire that is too large, too deep, or names an item twice', async () => {
    const group = (linkId: string, item: object[] = []): object =>
      item.length > 0 ? { linkId, type: 'group', item } : { linkId, type: 'string' };
    const deep = (levels: number): object => group(`${levels}`, levels > 0 ? [deep(levels - 1)] : []);
    const populate = (item: object[]): Promise<Answer> =>
      call('POST', `${hub.fhir}/Questionnaire/$populate`, {
        body: parameters({ subject: asa, questionnaire: { ...FOOD, item } }),
      });
    const many = Array.from({ length: 2_001 }, (_, at) => group(`${at}`));
    expect(refusal(await populate(many))).toEqual([
      422,
      'A questionnaire has at most 2000 items here.',
      'Questionnaire.item',
    ]);
    expect(refusal(await populate([deep(20)]))).toEqual([
      422,
      'Items are nested at most 20 deep here.',
      `Questionnaire${'.item[0]'.repeat(21)}`,
    ]);
    const twice = refusal(await populate([group('a'), group('a')]));
    expect(twice).toEqual([
      400,
      'The link ids for groups and questions must be unique within the questionnaire. (Rule que-2 of Questionnaire.)',
      'Parameters.parameter[1].resource',
    ]);
  });

  test('is refused for a questionnaire that names an item twice once its parts are put together', async () => {
    const url = 'https://careloop.example/Questionnaire/part-a';
    const part = questionnaire([{ linkId: 'a', type: 'string' }], { url });
    await done(call('POST', `${hub.fhir}/Questionnaire`, { body: part }));
    const whole = questionnaire([
      { linkId: 'a', type: 'string' },
      { linkId: 'b', type: 'display', extension: [sdc('subQuestionnaire', { valueCanonical: url })] },
    ]);
    const body = parameters({ subject: asa, questionnaire: whole });
    expect(refusal(await call('POST', `${hub.fhir}/Questionnaire/$populate`, { body }))).toEqual([
      422,
      'This item has a linkId that another item has, too.',
      'Questionnaire.item[0].linkId',
    ]);
  });

  test.each<[string, Inputs, string, string]>([
    [
      'Questionnaire/$populate',
      { questionnaire: FOOD, local: { valueBoolean: false } },
      'local',
      'questionnaire, canonical, url, questionnaireRef, resource, subject, context, launchContext',
    ],
    ['Questionnaire/1/$populate', { questionnaire: FOOD }, 'questionnaire', 'subject, context, launchContext'],
    [
      'QuestionnaireResponse/$extract',
      { 'questionnaire-response': RESPONSE, questionaire: FOOD },
      'questionaire',
      'questionnaire-response, questionnaire, resource',
    ],
    [
      'QuestionnaireResponse/1/$extract',
      { 'questionnaire-response': RESPONSE },
      'questionnaire-response',
      'questionnaire, resource',
    ],
    [
      'PlanDefinition/$apply',
      { planDefinition: PROGRAMME, patient: 'Patient/1' },
      'patient',
      'planDefinition, canonical, url, resource, subject, encounter, practitioner, organization, userType, userLanguage, userTaskContext, setting, settingContext',
    ],
    [
      'ActivityDefinition/1/$apply',
      { activityDefinition: PANTRY },
      'activityDefinition',
      'subject, encounter, practitioner, organization, userType, userLanguage, userTaskContext, setting, settingContext',
    ],
    [
      'Patient/$validate',
      { resource: { resourceType: 'Patient' }, profil: 'http://x' },
      'profil',
      'resource, mode, profile',
    ],
  ])('is refused for a parameter that means nothing to it: %s', async (path, inputs, name, there) => {
    const text = `The parameter "${name}" is not served here. There are: ${there}.`;
    const wanted = [400, text, 'Parameters.parameter'];
    expect(refusal(await call('POST', `${hub.fhir}/${path}`, { body: parameters(inputs) }))).toEqual(wanted);
    expect(refusal(await call('GET', `${hub.fhir}/${path}?${name}=x&_format=json`))).toEqual(wanted);
  });

  test('is refused for a part of a context that means nothing to it, and for what is said twice', async () => {
    const context = {
      name: 'context',
      part: [
        { name: 'name', valueString: 'x' },
        { name: 'contents', valueString: 'y' },
      ],
    };
    const { parameter = [] } = parameters({ subject: asa, questionnaire: FOOD });
    const populate = async (more: ParametersParameter): Promise<unknown[]> => {
      const body = { resourceType: 'Parameters', parameter: [...parameter, more] };
      return refusal(await call('POST', `${hub.fhir}/Questionnaire/$populate`, { body }));
    };
    const part = 'The parameter "contents" is not served here. There are: name, content.';
    expect(await populate(context)).toEqual([400, part, 'Parameters.parameter']);
    const twice = ['Give the parameter "subject" once.', "Parameters.parameter.where(name='subject')"];
    expect(await populate({ name: 'subject', valueString: 'Patient/2' })).toEqual([400, ...twice]);
  });

  test('never leads to a fault, whatever is sent', async () => {
    const inputs: Readonly<Record<string, Inputs>> = {
      'Questionnaire/$populate': { subject: asa, questionnaire: withConcern(FOOD) },
      'QuestionnaireResponse/$extract': { questionnaire: withConcern(FOOD), 'questionnaire-response': RESPONSE },
      'PlanDefinition/$apply': { subject: asa, planDefinition: PROGRAMME },
      'ActivityDefinition/$apply': { subject: asa, activityDefinition: PANTRY },
      [`${asa}/$everything`]: { start: '2026-01-01', _type: 'Patient' },
    };
    const wholes = Object.entries(inputs).map(([path, each]) => [path, JSON.stringify(parameters(each))] as const);
    const words = [...new Set(wholes.flatMap(([, whole]) => whole.match(/"[^"]*"/g) ?? []))];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...wholes),
        fc.constantFrom(...words),
        fc.constantFrom(...words, '5', 'null', '[]', '{}', 'true', '"__proto__"', '"a.matches(\'(\')"'),
        async ([path, whole], from, to) => {
          const { status, body } = await call('POST', `${hub.fhir}/${path}`, { body: whole.replaceAll(from, to) });
          if (status >= 500) throw new Error(`${path}: ${from} → ${to}: ${JSON.stringify(body)}`);
          expect(JSON.stringify(body)).not.toMatch(/ at .*\.ts:|node_modules|SELECT /);
        },
      ),
      { numRuns: 150 },
    );
  });
});
