import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Observation, QuestionnaireItem, QuestionnaireResponseItem } from '@medplum/fhirtypes';
import { call, done } from '../../../support/api.ts';
import { databaseKinds } from '../../../support/database.ts';
import { startHub, type TestHub } from '../../../support/hub.ts';
import { CODES, fhirpath, sdc } from '../food-questionnaire.ts';
import { entries, extract, questionnaire, response, said } from '../operation-calls.ts';

const LEFT_OUT = 'This item is not enabled by the other answers: what it says was left out.';

function observed(
  linkId: string,
  type: QuestionnaireItem['type'],
  fields: Partial<QuestionnaireItem> = {},
): QuestionnaireItem {
  const extension = [sdc('observationExtract', { valueBoolean: true }), ...(fields.extension ?? [])];
  return { linkId, type, code: [{ system: CODES, code: linkId }], ...fields, extension };
}

describe.each(databaseKinds())('$extract takes what is enabled (%s)', (kind) => {
  let hub: TestHub;
  let asa: string;
  beforeAll(async () => {
    hub = await startHub(kind);
    asa = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id}`;
  });
  afterAll(() => hub?.close());

  const extracted = async (items: QuestionnaireItem[], answered: QuestionnaireResponseItem[]): Promise<unknown[]> => {
    const answer = await extract(hub.fhir, response(asa, answered), questionnaire(items));
    expect(answer.status).toBe(200);
    const codes = said(answer).some((each) => each.includes('Nothing was extracted'))
      ? []
      : entries(answer).map(({ resource }) => (resource as Observation).code.coding?.[0]?.code);
    return [codes, said(answer).filter((each) => each.endsWith(LEFT_OUT))];
  };
  const pets = observed('pets', 'integer', {
    enableWhen: [{ question: 'has-pets', operator: '=', answerBoolean: true }],
  });
  const has: QuestionnaireItem = { linkId: 'has-pets', type: 'boolean' };

  test('by another answer', async () => {
    const answered = (yes: boolean): QuestionnaireResponseItem[] => [
      { linkId: 'has-pets', answer: [{ valueBoolean: yes }] },
      { linkId: 'pets', answer: [{ valueInteger: 2 }] },
    ];
    expect(await extracted([has, pets], answered(true))).toEqual([['pets'], []]);
    expect(await extracted([has, pets], answered(false))).toEqual([[], [`QuestionnaireResponse.item[1]: ${LEFT_OUT}`]]);
  });

  test('by the answer in the same group, where groups repeat', async () => {
    const group: QuestionnaireItem = { linkId: 'home', type: 'group', repeats: true, item: [has, pets] };
    const home = (yes: boolean): QuestionnaireResponseItem => ({
      linkId: 'home',
      item: [
        { linkId: 'has-pets', answer: [{ valueBoolean: yes }] },
        { linkId: 'pets', answer: [{ valueInteger: 2 }] },
      ],
    });
    expect(await extracted([group], [home(false), home(true)])).toEqual([
      ['pets'],
      [`QuestionnaireResponse.item[0].item[1]: ${LEFT_OUT}`],
    ]);
  });

  test('with all that is in a group which is not enabled left out with it', async () => {
    const group: QuestionnaireItem = {
      linkId: 'g',
      type: 'group',
      enableWhen: [{ question: 'has-pets', operator: 'exists', answerBoolean: false }],
      item: [observed('a', 'string')],
    };
    const inside = { linkId: 'g', item: [{ linkId: 'a', answer: [{ valueString: 'x' }] }] };
    expect(await extracted([has, group], [{ linkId: 'has-pets', answer: [{ valueBoolean: true }] }, inside])).toEqual([
      [],
      [`QuestionnaireResponse.item[1]: ${LEFT_OUT}`],
    ]);
    expect(await extracted([has, group], [inside])).toEqual([['a'], []]);
  });

  test('by one of several conditions, or by all of them', async () => {
    const enableWhen = [
      { question: 'n', operator: '>' as const, answerInteger: 1 },
      { question: 'n', operator: '<' as const, answerInteger: -1 },
    ];
    const n: QuestionnaireItem = { linkId: 'n', type: 'integer' };
    const answered = [
      { linkId: 'n', answer: [{ valueInteger: 2 }] },
      { linkId: 'a', answer: [{ valueString: 'x' }] },
    ];
    const asked = (enableBehavior: 'any' | 'all'): Promise<unknown[]> =>
      extracted([n, observed('a', 'string', { enableWhen, enableBehavior })], answered);
    expect((await asked('any'))[0]).toEqual(['a']);
    expect((await asked('all'))[0]).toEqual([]);
  });

  test('by an expression', async () => {
    const formula = fhirpath('enableWhenExpression', "%resource.item.where(linkId = 'n').answer.value > 1");
    const items = [{ linkId: 'n', type: 'integer' as const }, observed('a', 'string', { extension: [formula] })];
    const answered = (valueInteger: number): QuestionnaireResponseItem[] => [
      { linkId: 'n', answer: [{ valueInteger }] },
      { linkId: 'a', answer: [{ valueString: 'x' }] },
    ];
    expect((await extracted(items, answered(2)))[0]).toEqual(['a']);
    expect((await extracted(items, answered(1)))[0]).toEqual([]);
  });
});
