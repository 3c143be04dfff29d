import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { QuestionnaireItem, ValueSet } from '@medplum/fhirtypes';
import { call, done } from '../../../support/api.ts';
import { createClock } from '../../../support/clock.ts';
import { databaseKinds } from '../../../support/database.ts';
import { startHub, type TestHub } from '../../../support/hub.ts';
import { CODES, fhirpath, sdc, withInitial } from '../food-questionnaire.ts';
import { filled } from '../operation-calls.ts';

const UCUM = 'http://unitsofmeasure.org';

describe.each(databaseKinds())('an answer filled in (%s)', (kind) => {
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
  });
  afterAll(() => hub?.close());

  test.each<[QuestionnaireItem['type'], string, object]>([
    ['boolean', "%patient.gender = 'female'", { valueBoolean: true }],
    ['decimal', '0.1 + 0.2', { valueDecimal: 0.3 }],
    ['integer', '1 + 2', { valueInteger: 3 }],
    ['date', 'today()', { valueDate: '2026-03-01' }],
    ['date', '%patient.birthDate + 18 years', { valueDate: '1968-05-05' }],
    ['dateTime', 'now()', { valueDateTime: '2026-03-01T12:00:00.000Z' }],
    ['time', '@T10:30:00', { valueTime: '10:30:00' }],
    ['text', "%patient.name.given.join(' ')", { valueString: 'Åsa Margareta' }],
    ['url', "'https://careloop.example/a'", { valueUri: 'https://careloop.example/a' }],
    ['quantity', "4 'kg'", { valueQuantity: { value: 4, unit: 'kg', system: UCUM, code: 'kg' } }],
    ['quantity', '4', { valueQuantity: { value: 4 } }],
    ['reference', '%patient', { valueReference: { reference: expect.stringMatching(/^Patient\//) } }],
    ['open-choice', "'whatever'", { valueString: 'whatever' }],
    ['choice', "%factory.Coding('urn:s', 'c')", { valueCoding: { system: 'urn:s', code: 'c' } }],
  ])('answers an item of the type %s by %s', async (type, expression, wanted) => {
    const found = await filled(hub.fhir, asa, [withInitial('a', type, expression)]);
    expect(found).toEqual({ items: [{ linkId: 'a', answer: [wanted] }], said: [] });
  });

  test('takes options, selected options and codes of value sets', async () => {
    const genders: ValueSet = {
      resourceType: 'ValueSet',
      id: 'g',
      status: 'active',
      compose: { include: [{ system: 'urn:g' }] },
    };
    const options = [
      { valueCoding: { system: CODES, code: 'yes' } },
      { valueCoding: { system: CODES, code: 'no' }, initialSelected: true },
    ];
    const found = await filled(
      hub.fhir,
      asa,
      [
        { linkId: 'selected', type: 'choice', answerOption: options },
        { ...withInitial('coded', 'choice', "'yes'"), answerOption: options },
        { ...withInitial('not-offered', 'choice', "'perhaps'"), answerOption: options.slice(0, 1) },
        { ...withInitial('gender', 'choice', '%patient.gender'), answerValueSet: '#g' },
      ],
      { contained: [genders] },
    );
    expect(found.items.map(({ answer }) => answer?.[0]?.valueCoding)).toEqual([
      { system: CODES, code: 'no' },
      { system: CODES, code: 'yes' },
      undefined,
      { system: 'urn:g', code: 'female' },
    ]);
    expect(found.said).toEqual([
      'Questionnaire.item[2]: A value was found that is no answer to an item of the type choice. It was left out.',
    ]);
  });

  test('says which expressions failed, and fills in the rest', async () => {
    const cql: QuestionnaireItem = {
      linkId: 'cql',
      type: 'string',
      extension: [sdc('initialExpression', { valueExpression: { language: 'text/cql', expression: 'X' } })],
    };
    const found = await filled(hub.fhir, asa, [
      withInitial('fine', 'integer', '1'),
      withInitial('broken', 'string', '%patient.name.'),
      withInitial('endless', 'string', '1.repeat($this + 1)'),
      withInitial('regex', 'boolean', `'${'a'.repeat(40)}!'.matches('^(a+)+$')`),
      withInitial('unknown', 'string', '%whoever.name'),
      withInitial('remote', 'string', '%patient.link.other.resolve().id'),
      withInitial('type', 'date', "'soon'"),
      withInitial('many', 'string', '%patient.name.given'),
      cql,
    ]);
    const because = 'This FHIRPath expression cannot be evaluated.';
    expect(found.items.map(({ answer }) => answer?.[0] ?? null)).toEqual([
      { valueInteger: 1 },
      null,
      null,
      null,
      null,
      null,
      null,
      { valueString: 'Åsa' },
      null,
    ]);
    expect(found.said).toEqual([
      `Questionnaire.item[1].extension[0]: ${because} It is not FHIRPath from its character 15 on.`,
      `Questionnaire.item[2].extension[0]: ${because} It takes too long.`,
      `Questionnaire.item[3].extension[0]: ${because} It takes too long.`,
      `Questionnaire.item[4].extension[0]: ${because} There is no variable %whoever here.`,
      `Questionnaire.item[5].extension[0]: ${because} resolve() would have to ask elsewhere, which expressions here may not.`,
      'Questionnaire.item[6]: A value was found that is no answer to an item of the type date. It was left out.',
      'Questionnaire.item[7]: Several values were found for an item that takes one answer: the first was taken.',
      'Questionnaire.item[8].extension[0]: This expression was not evaluated: CQL is not spoken here. Write it in FHIRPath (text/fhirpath).',
    ]);
  });

  test('calculates until it settles, and says what never does', async () => {
    const calculated = (linkId: string, expression: string): QuestionnaireItem => ({
      linkId,
      type: 'integer',
      extension: [fhirpath('calculatedExpression', expression)],
    });
    const value = (linkId: string) => `%resource.item.where(linkId = '${linkId}').answer.value`;
    const found = await filled(hub.fhir, asa, [
      calculated('sum', `${value('half')} + ${value('half')}`),
      calculated('half', `${value('base')} + 1`),
      withInitial('base', 'integer', '20'),
    ]);
    expect(found).toEqual({
      items: [42, 21, 20].map((valueInteger, at) => ({
        linkId: ['sum', 'half', 'base'][at],
        answer: [{ valueInteger }],
      })),
      said: [],
    });
    const circle = await filled(hub.fhir, asa, [
      calculated('up', `iif(${value('up')}.exists(), ${value('up')} + 1, 0)`),
    ]);
    expect(circle.said).toEqual([
      'Questionnaire.item[0].extension[0]: The calculated answers never settle: they depend on one another in a circle. They stand as last calculated.',
    ]);
  });
});
