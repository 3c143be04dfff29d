import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Bundle, BundleEntry, Questionnaire, QuestionnaireResponse, Resource } from '@medplum/fhirtypes';
import { call, done } from '../../../support/api.ts';
import { databaseKinds } from '../../../support/database.ts';
import { startHub, type TestHub } from '../../../support/hub.ts';
import { sdc, withInitial } from '../food-questionnaire.ts';
import { entries, extract, output, populate, questionnaire, response, said } from '../operation-calls.ts';

describe.each(databaseKinds())('a questionnaire that contains what it works with (%s)', (kind) => {
  let hub: TestHub;
  let asa: string;
  beforeAll(async () => {
    hub = await startHub(kind);
    const patient = { resourceType: 'Patient', name: [{ family: 'Berg' }], gender: 'female' };
    asa = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { body: patient }))).id}`;
    const body = { resourceType: 'Condition', code: { text: 'Hunger' }, subject: { reference: asa } };
    await done(call('POST', `${hub.fhir}/Condition`, { body }));
  });
  afterAll(() => hub?.close());

  const batch = (...requests: [string, string][]): Resource => ({
    resourceType: 'Bundle',
    id: 'known',
    type: 'batch',
    entry: requests.map(([method, url]) => ({ request: { method: method as 'GET', url } })),
  });
  const sourced = (contained: Resource[]): Questionnaire =>
    questionnaire(
      [
        withInitial('who', 'string', '%known.entry[0].resource.name.family'),
        withInitial('what', 'string', '%known.entry[1].resource.entry.resource.code.text'),
      ],
      { contained, extension: [sdc('sourceQueries', { valueReference: { reference: '#known' } })] },
    );
  const answers = (answer: Awaited<ReturnType<typeof populate>>): unknown[] =>
    (output<QuestionnaireResponse>(answer, 'response').item ?? []).map(
      ({ answer: [first] = [] }) => first?.valueString,
    );

  test('is filled in from the searches of a batch, made for the subject', async () => {
    const asked = sourced([batch(['GET', 'Patient/{{%patient.id}}'], ['GET', 'Condition?patient={{%patient.id}}'])]);
    const answer = await populate(hub.fhir, asa, { questionnaire: asked });
    expect([answers(answer), said(answer)]).toEqual([['Berg', 'Hunger'], []]);
  });

  test('writes nothing by them, and says so', async () => {
    const asked = sourced([batch(['DELETE', 'Patient/{{%patient.id}}'], ['GET', 'Condition?patient={{%patient.id}}'])]);
    const answer = await populate(hub.fhir, asa, { questionnaire: asked });
    expect([answers(answer), said(answer)]).toEqual([
      [undefined, 'Hunger'],
      [
        'Questionnaire.contained[0].entry[0].request: Only searches (GET) are made to fill in a questionnaire: this was left out.',
      ],
    ]);
    expect((await call('GET', `${hub.fhir}/${asa}`)).status).toBe(200);
  });

  test('says when the batch is not there', async () => {
    const asked = questionnaire([withInitial('a', 'string', '%patient.id')], {
      extension: [sdc('sourceQueries', { valueReference: { reference: 'Bundle/elsewhere' } })],
    });
    const answer = await populate(hub.fhir, asa, { questionnaire: asked });
    expect(said(answer)[0]).toBe(
      'Questionnaire.extension[0]: The searches are no batch that the questionnaire contains, with an id of letters, digits, - and _. They were not made.',
    );
  });

  test('says that maps fill in and extract nothing here', async () => {
    const map = (name: string): Partial<Questionnaire> => ({
      extension: [sdc(name, { valueCanonical: 'https://careloop.example/StructureMap/a' })],
    });
    const item = [{ linkId: 'a', type: 'string' as const }];
    expect(
      said(await populate(hub.fhir, asa, { questionnaire: questionnaire(item, map('sourceStructureMap')) })),
    ).toEqual([
      'Questionnaire.extension: Nothing is filled in by a StructureMap here. Write expressions (initialExpression) instead.',
    ]);
    const answered = response(asa, [{ linkId: 'a', answer: [{ valueString: 'x' }] }]);
    expect(said(await extract(hub.fhir, answered, questionnaire(item, map('targetStructureMap'))))).toEqual([
      'Questionnaire.extension: Nothing is extracted by a StructureMap here. Use definitions, templates or observations instead.',
      'undefined: Nothing was extracted: no answer says what it becomes.',
    ]);
  });

  test('takes a code of a value set that every R4 server knows with its system', async () => {
    const set = (answerValueSet: string): Questionnaire =>
      questionnaire([{ ...withInitial('a', 'choice', '%patient.gender'), answerValueSet }]);
    const known = await populate(hub.fhir, asa, {
      questionnaire: set('http://hl7.org/fhir/ValueSet/administrative-gender'),
    });
    const [item] = output<QuestionnaireResponse>(known, 'response').item ?? [];
    expect([item?.answer, said(known)]).toEqual([
      [{ valueCoding: { system: 'http://hl7.org/fhir/administrative-gender', code: 'female' } }],
      [],
    ]);
    const unknown = await populate(hub.fhir, asa, { questionnaire: set('https://careloop.example/ValueSet/none') });
    expect(output<QuestionnaireResponse>(unknown, 'response').item?.[0]?.answer).toEqual([
      { valueCoding: { code: 'female' } },
    ]);
    expect(said(unknown)).toEqual([
      'Questionnaire.item[0].answerValueSet: The value set of this item is not here: the code was taken as it is, without its system.',
    ]);
    const other = await populate(hub.fhir, asa, { questionnaire: set('http://hl7.org/fhir/ValueSet/task-status') });
    expect(said(other)).toEqual([
      'Questionnaire.item[0]: A value was found that is no answer to an item of the type choice. It was left out.',
    ]);
  });

  test('becomes the entries of a template of a Bundle, once for each answer', async () => {
    const value = (name: string, valueString: string): object => ({ extension: [sdc(name, { valueString })] });
    const template = {
      resourceType: 'Bundle',
      id: 'template',
      type: 'transaction',
      entry: [
        {
          ...value('templateExtractContext', "%resource.item.where(linkId = 'need').answer"),
          fullUrl: 'urn:uuid:c757873d-ec9a-4326-a141-556f43239520',
          resource: {
            resourceType: 'Condition',
            code: { _text: value('templateExtractValue', 'value') },
            subject: { _reference: value('templateExtractValue', '%resource.subject.reference') },
          },
          request: { method: 'POST', url: 'Condition', ifNoneExist: 'identifier=urn:x|1' },
        },
      ],
    };
    const asked = questionnaire([{ linkId: 'need', type: 'string', repeats: true }], {
      contained: [template as unknown as Bundle],
      extension: [sdc('templateExtractBundle', { valueReference: { reference: '#template' } })],
    });
    const answered = response(asa, [{ linkId: 'need', answer: [{ valueString: 'food' }, { valueString: 'home' }] }]);
    const answer = await extract(hub.fhir, answered, asked);
    expect(said(answer)).toEqual([]);
    const condition = (text: string): BundleEntry => ({
      fullUrl: expect.any(String) as unknown as string,
      resource: { resourceType: 'Condition', code: { text }, subject: { reference: asa } },
      request: { method: 'POST', url: 'Condition', ifNoneExist: 'identifier=urn:x|1' },
    });
    expect(entries(answer)).toEqual([condition('food'), condition('home')]);
  });
});
