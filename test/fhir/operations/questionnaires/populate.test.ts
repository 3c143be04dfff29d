import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Observation, QuestionnaireItem, QuestionnaireResponse } from '@medplum/fhirtypes';
import { call, done } from '../../../support/api.ts';
import { createClock } from '../../../support/clock.ts';
import { databaseKinds } from '../../../support/database.ts';
import { startHub, type TestHub } from '../../../support/hub.ts';
import { CODES, FOOD, sdc, variable, withInitial } from '../food-questionnaire.ts';
import { filled, output, populate, questionnaire, said } from '../operation-calls.ts';

describe.each(databaseKinds())('$populate (%s)', (kind) => {
  const clock = createClock('2026-03-01T12:00:00Z');
  let hub: TestHub;
  let asa: string;
  beforeAll(async () => {
    hub = await startHub(kind, { now: clock.now });
    const patient = {
      resourceType: 'Patient',
      name: [{ use: 'official', family: 'Löwenström', given: ['Åsa', 'Margareta'] }, { text: 'Åsa' }],
      gender: 'female',
      birthDate: '1950-05-05',
    };
    asa = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { body: patient }))).id}`;
    await done(call('POST', `${hub.fhir}/Questionnaire`, { body: FOOD }));
  });
  afterAll(() => hub?.close());

  const observe = (
    code: string,
    effectiveDateTime: string,
    value: object,
    fields: Partial<Observation> = {},
  ): Promise<{ id: string }> =>
    done(
      call('POST', `${hub.fhir}/Observation`, {
        body: {
          resourceType: 'Observation',
          status: 'final',
          code: { coding: [{ system: CODES, code }] },
          subject: { reference: asa },
          effectiveDateTime,
          ...value,
          ...fields,
        },
      }),
    );

  test('makes a response in the order of the questionnaire, with what is known', async () => {
    await observe('worry', '2025-11-01T10:00:00Z', {
      valueCodeableConcept: { coding: [{ system: CODES, code: 'sometimes' }] },
    });
    await observe('worry', '2026-02-01T10:00:00Z', {
      valueCodeableConcept: { coding: [{ system: CODES, code: 'often' }] },
    });
    await observe(
      'worry',
      '2026-02-02',
      { valueCodeableConcept: { coding: [{ system: CODES, code: 'never' }] } },
      { status: 'entered-in-error' },
    );
    await observe('ran-out', '2026-02-01T09:00:00+01:00', {
      valueCodeableConcept: { coding: [{ system: CODES, code: 'sometimes' }] },
    });
    await observe('persons', '2025-08-01', { valueInteger: 7 });
    const answer = await populate(hub.fhir, asa, { canonical: { valueCanonical: `${FOOD.url}|1.0.0` } });
    expect(answer.status).toBe(200);
    expect(said(answer)).toEqual([]);
    const coding = (code: string) => [{ valueCoding: { system: CODES, code, display: code } }];
    expect(output<QuestionnaireResponse>(answer, 'response')).toEqual({
      resourceType: 'QuestionnaireResponse',
      questionnaire: `${FOOD.url}|1.0.0`,
      status: 'in-progress',
      subject: { reference: asa },
      authored: '2026-03-01T12:00:00.000Z',
      item: [
        {
          linkId: 'about',
          text: 'About you',
          item: [
            { linkId: 'name', answer: [{ valueString: 'Åsa' }] },
            { linkId: 'born', answer: [{ valueDate: '1950-05-05' }] },
            { linkId: 'consented', answer: [{ valueBoolean: false }] },
          ],
        },
        {
          linkId: 'questions',
          item: [
            { linkId: 'worry', text: expect.any(String), answer: coding('often') },
            { linkId: 'ran-out', text: expect.any(String), answer: coding('sometimes') },
            // The one Observation of it is older than half a year.
            { linkId: 'persons', text: expect.any(String) },
            { linkId: 'score', answer: [{ valueInteger: 3 }] },
          ],
        },
      ],
    });
  });

  test('answers on the questionnaire itself, by GET too, with a response that can be stored', async () => {
    const { id } = await done(
      call('POST', `${hub.fhir}/Questionnaire`, {
        body: questionnaire([withInitial('g', 'string', '%patient.gender')]),
      }),
    );
    const answer = await call('GET', `${hub.fhir}/Questionnaire/${id}/$populate?subject=${asa}`);
    const response = output<QuestionnaireResponse>(answer, 'response');
    expect(response.item).toEqual([{ linkId: 'g', answer: [{ valueString: 'female' }] }]);
    expect((await call('POST', `${hub.fhir}/QuestionnaireResponse`, { body: response })).status).toBe(201);
    expect(await call('GET', `${hub.fhir}/metadata`)).toMatchObject({
      body: {
        rest: [
          {
            resource: expect.arrayContaining([
              expect.objectContaining({
                type: 'Questionnaire',
                operation: expect.arrayContaining([
                  {
                    name: 'populate',
                    definition: 'http://hl7.org/fhir/uv/sdc/OperationDefinition/Questionnaire-populate',
                  },
                ]),
              }),
            ]),
          },
        ],
      },
    });
  });

  test('repeats a group for each thing its context finds, by FHIRPath or a search', async () => {
    await observe('weight', '2026-01-01', { valueQuantity: { value: 70, unit: 'kg' } });
    await observe('weight', '2026-01-02', { valueQuantity: { value: 71, unit: 'kg' } });
    const group = (linkId: string, repeats: boolean, expression: object, inner: string): QuestionnaireItem => ({
      linkId,
      type: 'group',
      repeats,
      extension: [
        sdc('itemPopulationContext', { valueExpression: { name: 'each', language: 'text/fhirpath', ...expression } }),
      ],
      item: [withInitial(`${linkId}-in`, 'string', inner)],
    });
    const found = await filled(hub.fhir, asa, [
      group('names', true, { expression: '%patient.name' }, '%each.given.first() | %each.text'),
      group('one', false, { expression: '%patient.name' }, '%each.family'),
      group('none', true, { expression: '%patient.contact' }, '%each.name.family'),
      group(
        'weights',
        true,
        {
          language: 'application/x-fhir-query',
          expression: `Observation?subject={{%patient.type().name}}/{{%patient.id}}&code=${CODES}|weight&_sort=date`,
        },
        '%each.value.value',
      ),
    ]);
    const values = found.items.map(({ linkId, item }) => `${linkId} ${item?.[0]?.answer?.[0]?.valueString ?? '-'}`);
    expect(values).toEqual(['names Åsa', 'names Åsa', 'one Löwenström', 'none -', 'weights 70', 'weights 71']);
    expect(found.said).toEqual([
      'Questionnaire.item[1].extension[0]: Several things were found for a group that does not repeat: the first was taken.',
    ]);
  });

  test('uses variables of every level, contexts of the call, and searches', async () => {
    const found = await filled(
      hub.fhir,
      asa,
      [
        {
          linkId: 'g',
          type: 'group',
          extension: [variable('inner', "%outer & '!'")],
          item: [
            withInitial('a', 'string', '%inner'),
            withInitial('b', 'integer', '%found.entry.resource.count()'),
            withInitial('c', 'string', '%user.name.family'),
            withInitial('d', 'string', '%encounter.id'),
          ],
        },
      ],
      {
        extension: [
          variable('outer', '%patient.gender'),
          variable('found', 'Patient?_id={{%patient.id}}', 'application/x-fhir-query'),
          variable('nothing', 'Patient?_id={{%patient.contact.id}}', 'application/x-fhir-query'),
          sdc('launchContext', { extension: [{ url: 'name', valueCoding: { code: 'encounter' } }] } as object),
        ],
      },
      {
        context: {
          part: [
            { name: 'name', valueString: 'user' },
            { name: 'content', resource: { resourceType: 'Practitioner', name: [{ family: 'Berg' }] } },
          ],
        },
      },
    );
    expect(found.items[0]?.item?.map(({ answer }) => answer?.[0] ?? null)).toEqual([
      { valueString: 'female!' },
      { valueInteger: 1 },
      { valueString: 'Berg' },
      null,
    ]);
    expect(found.said).toEqual([
      'Questionnaire.extension[3]: The context %encounter was not given: what is filled in from it stays empty.',
      'Questionnaire.extension[2]: This search was not made: a part of it has no value.',
    ]);
  });

  test('puts the parts of a modular questionnaire together, and refuses one that has itself within it', async () => {
    const part = (url: string): QuestionnaireItem => ({
      linkId: url,
      type: 'display',
      extension: [sdc('subQuestionnaire', { valueCanonical: url })],
    });
    const stored = (url: string, item: QuestionnaireItem[]) =>
      done(call('POST', `${hub.fhir}/Questionnaire`, { body: questionnaire(item, { url }) }));
    await stored('https://careloop.example/Questionnaire/part', [withInitial('in-part', 'string', '%patient.gender')]);
    await stored('https://careloop.example/Questionnaire/circle', [part('https://careloop.example/Questionnaire/own')]);
    const found = await filled(hub.fhir, asa, [
      part('https://careloop.example/Questionnaire/part'),
      part('https://careloop.example/Questionnaire/none'),
    ]);
    expect(found).toEqual({
      items: [{ linkId: 'in-part', answer: [{ valueString: 'female' }] }],
      said: ['Questionnaire.item[1]: The questionnaire this item stands for was left out: it is not here.'],
    });
    const circle = questionnaire([part('https://careloop.example/Questionnaire/circle')]);
    await stored(String(circle.url), circle.item ?? []);
    expect(await populate(hub.fhir, asa, { questionnaire: circle })).toMatchObject({
      status: 422,
      body: {
        issue: [
          {
            details: {
              text: 'The questionnaire this item stands for has this questionnaire within it. Take one of the two out.',
            },
          },
        ],
      },
    });
  });
});
