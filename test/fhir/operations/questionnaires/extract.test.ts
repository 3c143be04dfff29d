import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, Condition, Observation, OperationOutcome, QuestionnaireItem } from '@medplum/fhirtypes';
import { call, done, found } from '../../../support/api.ts';
import { createClock } from '../../../support/clock.ts';
import { databaseKinds } from '../../../support/database.ts';
import { startHub, type TestHub } from '../../../support/hub.ts';
import { CODES, FOOD, sdc, withConcern } from '../food-questionnaire.ts';
import { entries, extract, output, parameters, questionnaire, response, said } from '../operation-calls.ts';

const R4 = 'http://hl7.org/fhir/StructureDefinition/';
const AUTHORED = '2026-02-28T09:00:00Z';

describe.each(databaseKinds())('$extract (%s)', (kind) => {
  let hub: TestHub;
  let asa: string;
  beforeAll(async () => {
    hub = await startHub(kind, { now: createClock('2026-03-01T12:00:00Z').now });
    const patient = {
      resourceType: 'Patient',
      name: [{ family: 'Löwenström' }],
      birthDate: '1950-05-05',
      active: true,
    };
    asa = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { body: patient }))).id}`;
  });
  afterAll(() => hub?.close());

  const chosen = (code: string): object => ({ valueCoding: { system: CODES, code } });

  test('of an assessment leads to observations and a concern that a search finds', async () => {
    const food = withConcern(FOOD);
    await done(call('POST', `${hub.fhir}/Questionnaire`, { body: food }));
    const stored = await done(
      call('POST', `${hub.fhir}/QuestionnaireResponse`, {
        body: response(
          asa,
          [
            {
              linkId: 'questions',
              item: [
                { linkId: 'worry', answer: [chosen('often')] },
                { linkId: 'ran-out', answer: [chosen('sometimes')] },
                { linkId: 'persons', answer: [{ valueInteger: 4 }] },
                { linkId: 'score', answer: [{ valueInteger: 3 }] },
              ],
            },
          ],
          { questionnaire: `${FOOD.url}|1.0.0` },
        ),
      }),
    );
    const answer = await call('GET', `${hub.fhir}/QuestionnaireResponse/${stored.id}/$extract`);
    expect([answer.status, said(answer)]).toEqual([200, []]);
    const bundle = output<Bundle>(answer, 'return');
    expect(bundle.entry?.[0]).toEqual({
      fullUrl: expect.stringMatching(/^urn:uuid:/),
      request: { method: 'POST', url: 'Observation' },
      resource: {
        resourceType: 'Observation',
        status: 'final',
        category: [
          {
            coding: [
              {
                system: 'http://terminology.hl7.org/CodeSystem/observation-category',
                code: 'survey',
                display: 'Survey',
              },
            ],
          },
          { coding: [{ system: CODES, code: 'food' }] },
        ],
        code: { coding: [{ system: CODES, code: 'worry' }], text: expect.any(String) },
        subject: { reference: asa },
        effectiveDateTime: AUTHORED,
        issued: AUTHORED,
        performer: [{ reference: asa }],
        derivedFrom: [{ reference: `QuestionnaireResponse/${stored.id}` }],
        valueCodeableConcept: { coding: [{ system: CODES, code: 'often' }] },
      },
    });
    // Nothing is stored before somebody sends it.
    expect(found(await call('GET', `${hub.fhir}/Observation?subject=${asa}`))).toEqual([]);
    await done(call('POST', hub.fhir, { body: bundle }));
    const observations = found<Observation>(
      await call(
        'GET',
        `${hub.fhir}/Observation?subject=${asa}&category=survey&derived-from=QuestionnaireResponse/${stored.id}`,
      ),
    );
    expect(observations.map(({ code }) => code.coding?.[0]?.code).sort()).toEqual([
      'persons',
      'ran-out',
      'score',
      'worry',
    ]);
    const [condition] = found<Condition>(
      await call('GET', `${hub.fhir}/Condition?patient=${asa}&category=health-concern`),
    );
    expect(condition).toMatchObject({
      code: { text: 'Not enough to eat' },
      recordedDate: AUTHORED,
      evidence: [{ detail: [{ reference: `QuestionnaireResponse/${stored.id}` }] }],
    });
  });

  test('makes no concern of answers that give no cause', async () => {
    const food = withConcern({ ...FOOD, url: 'https://careloop.example/Questionnaire/own' });
    const calm = response(asa, [{ linkId: 'questions', item: [{ linkId: 'ran-out', answer: [chosen('never')] }] }]);
    expect(entries(await extract(hub.fhir, calm, food)).map(({ resource }) => resource?.resourceType)).toEqual([
      'Observation',
    ]);
  });

  test.each<[QuestionnaireItem['type'], object, object]>([
    ['boolean', { valueBoolean: false }, { valueBoolean: false }],
    ['decimal', { valueDecimal: 1.5 }, { valueQuantity: { value: 1.5, unit: 'kg', code: 'kg' } }],
    ['integer', { valueInteger: 0 }, { valueInteger: 0 }],
    ['date', { valueDate: '2026-02' }, { valueDateTime: '2026-02' }],
    ['time', { valueTime: '10:00:00' }, { valueTime: '10:00:00' }],
    ['text', { valueString: 'words' }, { valueString: 'words' }],
    ['url', { valueUri: 'urn:a' }, { valueString: 'urn:a' }],
    ['open-choice', { valueString: 'other' }, { valueString: 'other' }],
    [
      'open-choice',
      { valueCoding: { code: 'a', display: 'A' } },
      { valueCodeableConcept: { coding: [{ code: 'a', display: 'A' }], text: 'A' } },
    ],
    ['quantity', { valueQuantity: { value: 2, unit: 'm' } }, { valueQuantity: { value: 2, unit: 'm' } }],
  ])('makes an Observation of an answer of the type %s: %j', async (type, answer, wanted) => {
    const item: QuestionnaireItem = {
      linkId: 'a',
      type,
      code: [{ code: 'c' }],
      extension: [{ url: `${R4}questionnaire-unit`, valueCoding: { code: 'kg', display: 'kg' } }],
    };
    const by = questionnaire([item], { extension: [sdc('observationExtract', { valueBoolean: true })] });
    const [entry] = entries(await extract(hub.fhir, response(asa, [{ linkId: 'a', answer: [answer] }]), by));
    expect(entry?.resource).toMatchObject({ status: 'final', code: { coding: [{ code: 'c' }] }, ...wanted });
  });

  test('makes one Observation for each of several answers, members of their group, and none where it is switched off', async () => {
    const on = [sdc('observationExtract', { valueBoolean: true })];
    const by = questionnaire([
      {
        linkId: 'g',
        type: 'group',
        code: [{ code: 'panel' }],
        extension: on,
        item: [
          { linkId: 'many', type: 'choice', repeats: true, code: [{ code: 'many' }] },
          {
            linkId: 'off',
            type: 'string',
            code: [{ code: 'off' }],
            extension: [sdc('observationExtract', { valueBoolean: false })],
          },
          { linkId: 'no-code', type: 'string' },
        ],
      },
    ]);
    const answers = [
      { linkId: 'many', answer: [chosen('a'), chosen('b')] },
      { linkId: 'off', answer: [{ valueString: 'x' }] },
      { linkId: 'no-code', answer: [{ valueString: 'x' }] },
    ];
    const made = entries(
      await extract(hub.fhir, response(asa, [{ linkId: 'g', item: answers }], { status: 'amended' }), by),
    );
    const observations = made.map(({ resource }) => resource as Observation);
    expect(observations.map(({ code, status }) => `${code.coding?.[0]?.code} ${status}`)).toEqual([
      'many amended',
      'many amended',
      'panel amended',
    ]);
    expect(observations[2]?.hasMember).toEqual(made.slice(0, 2).map(({ fullUrl }) => ({ reference: fullUrl })));
  });

  test('says where a response does not fit its questionnaire', async () => {
    const by = questionnaire([
      { linkId: 'g', type: 'group', item: [{ linkId: 'n', type: 'integer' }] },
      { linkId: 's', type: 'string' },
    ]);
    const answer = await extract(
      hub.fhir,
      response(asa, [
        { linkId: 'g', item: [{ linkId: 'n', answer: [{ valueString: 'four' }] }, { linkId: 'x' }] },
        { linkId: 's', answer: [{ valueString: 'a' }, { valueString: 'b' }] },
        { linkId: 's' },
      ]),
      by,
    );
    expect(answer.status).toBe(422);
    expect(
      (answer.body as OperationOutcome).issue.map(({ expression, details }) => `${expression}: ${details?.text}`),
    ).toEqual([
      'QuestionnaireResponse.item[0].item[0].answer[0]: An item of the type integer takes valueInteger, not valueString.',
      'QuestionnaireResponse.item[0].item[1].linkId: The questionnaire has no item of this linkId here.',
      'QuestionnaireResponse.item[1].answer[1]: This item takes one answer, and has several.',
      'QuestionnaireResponse.item[2]: This item stands here twice, and does not repeat.',
    ]);
  });

  test('says when nothing is extracted', async () => {
    const answer = await extract(
      hub.fhir,
      response(asa, [{ linkId: 's', answer: [{ valueString: 'a' }] }]),
      questionnaire([{ linkId: 's', type: 'string' }]),
    );
    expect(said(answer)).toEqual(['undefined: Nothing was extracted: no answer says what it becomes.']);
    expect(answer.body).toEqual({
      resourceType: 'Parameters',
      parameter: [{ name: 'issues', resource: expect.any(Object) }],
    });
  });

  test.each<[string, () => object, number, string]>([
    [
      'no response',
      () => ({ resourceType: 'Parameters' }),
      400,
      'The parameter "questionnaire-response" is needed, e.g. a QuestionnaireResponse.',
    ],
    [
      'a response not finished',
      () => response(asa, [], { status: 'in-progress' }),
      422,
      'This response is in-progress: facts are taken from completed or amended ones.',
    ],
    [
      'a response with an empty list of items',
      () => ({ ...response(asa, []), item: [] }),
      400,
      'A list may not be empty. Give a value, or leave the element out.',
    ],
    [
      'an unknown questionnaire',
      () => response(asa, [], { questionnaire: 'urn:none' }),
      422,
      'The questionnaire of this response is not here. Create it first, or send it as "questionnaire".',
    ],
    [
      'no questionnaire',
      () => ({ resourceType: 'QuestionnaireResponse', status: 'completed' }),
      422,
      'The questionnaire of this response is not here. Create it first, or send it as "questionnaire".',
    ],
    [
      'another resource',
      () => parameters({ 'questionnaire-response': { resourceType: 'Patient' } }),
      400,
      'The parameter "questionnaire-response" must be a QuestionnaireResponse.',
    ],
    ['no FHIR', () => ({ resourceType: 'Parameters', parameter: 5 }), 400, expect.any(String) as unknown as string],
  ])('is refused for %s', async (_, body, status, text) => {
    const answer = await call('POST', `${hub.fhir}/QuestionnaireResponse/$extract`, { body: body() });
    expect([answer.status, (answer.body as OperationOutcome).issue[0]?.details?.text]).toEqual([status, text]);
  });
});
