import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openPathRunner } from '../../../src/fhir/expressions/path-runner.ts';
import { pathBudget } from '../../../src/fhir/expressions/question.ts';
import { type Answer, call, done } from '../../support/api.ts';
import { databaseKinds } from '../../support/database.ts';
import { startHub, type TestHub } from '../../support/hub.ts';
import { fhirpath as expression, withInitial } from './food-questionnaire.ts';
import { parameters, populate, questionnaire, refusal, said } from './operation-calls.ts';
import { fhirpath, plan } from './plans.ts';

const ENDLESS = '1.repeat($this + 1)';
/** Ten million characters, each a value of its own. */
const EATS_MEMORY = `'aaaaaaaaaa'${".replace('a', 'aaaaaaaaaa')".repeat(6)}.toChars().select($this | 1)`;
const TOO_MUCH = 'This FHIRPath expression cannot be evaluated. It takes too much memory.';

describe.each(databaseKinds())('an expression that never ends, or eats all memory (%s)', (kind) => {
  let hub: TestHub;
  let asa: string;
  beforeAll(async () => {
    hub = await startHub(kind);
    asa = `Patient/${(await done(call('POST', `${hub.fhir}/Patient`, { body: { resourceType: 'Patient' } }))).id}`;
  });
  afterAll(() => hub?.close());

  /** How many reads were answered, one after another, before something else was. */
  const readsDuring = async (other: Promise<unknown>): Promise<number> => {
    let [reads, isOver] = [0, false];
    void other.finally(() => {
      isOver = true;
    });
    while (!isOver) {
      expect((await call('GET', `${hub.fhir}/${asa}`)).status).toBe(200);
      reads += 1;
    }
    return reads;
  };

  test('in a questionnaire is given up, and others are answered meanwhile', async () => {
    const asked = questionnaire([withInitial('a', 'integer', ENDLESS), withInitial('b', 'string', '%patient.id')]);
    const answer = populate(hub.fhir, asa, { questionnaire: asked });
    expect(await readsDuring(answer)).toBeGreaterThan(20);
    expect(said(await answer)).toEqual([
      'Questionnaire.item[0].extension[0]: This FHIRPath expression cannot be evaluated. It takes too long.',
    ]);
  });

  test('in a plan refuses it, and others are answered meanwhile', async () => {
    const condition = [{ kind: 'applicability' as const, expression: fhirpath(ENDLESS) }];
    const body = parameters({ subject: asa, planDefinition: plan([{ title: 'x', condition }]) });
    const answer = call('POST', `${hub.fhir}/PlanDefinition/$apply`, { body });
    expect(await readsDuring(answer)).toBeGreaterThan(20);
    expect(refusal(await answer)).toEqual([
      422,
      'This FHIRPath expression cannot be evaluated. It takes too long.',
      'PlanDefinition.action[0].condition[0].expression',
    ]);
  });

  test('in a plan refuses it when it eats memory, others are answered meanwhile, and the next expression is', async () => {
    const applied = (asked: string): Promise<Answer> => {
      const condition = [{ kind: 'applicability' as const, expression: fhirpath(asked) }];
      const body = parameters({ subject: asa, planDefinition: plan([{ title: 'x', condition }]) });
      return call('POST', `${hub.fhir}/PlanDefinition/$apply`, { body });
    };
    const answer = applied(EATS_MEMORY);
    expect(await readsDuring(answer)).toBeGreaterThan(20);
    // Which of the two it is first depends on the machine.
    expect(refusal(await answer)).toEqual([
      422,
      expect.stringMatching(/^This FHIRPath expression cannot be evaluated\. It takes too (long|much memory)\.$/),
      'PlanDefinition.action[0].condition[0].expression',
    ]);
    expect((await applied('true')).status).toBe(200);
  });

  test('that eats all the memory there is for expressions ends, and takes none from who is answered meanwhile', async () => {
    const paths = openPathRunner({ mostMs: 3_600_000 });
    // With all the time in the world, so that it is the memory which ends it.
    const budget = { ...pathBudget(new Date()), leftMs: 3_600_000, longestMs: 3_600_000 };
    const asked = { expression: EATS_MEMORY, place: 'here', focus: {}, bindings: [] };
    const thrown = paths.evaluate(budget, asked).catch((error: unknown) => error);
    expect(await readsDuring(thrown)).toBeGreaterThan(20);
    expect(await thrown).toMatchObject({ status: 422, outcome: { issue: [{ details: { text: TOO_MUCH } }] } });
    expect((await paths.evaluate(budget, { ...asked, expression: '1 + 2' })).values).toEqual([3]);
    await paths.close();
  });

  test('ends when all the time of its call is over, however many there are', async () => {
    const items = Array.from({ length: 20 }, (_, at) => withInitial(`${at}`, 'integer', ENDLESS));
    const found = said(await populate(hub.fhir, asa, { questionnaire: questionnaire(items) }));
    expect(found).toHaveLength(20);
    expect(found.at(-1)).toBe(
      'Questionnaire.item[19].extension[0]: This FHIRPath expression cannot be evaluated. The expressions before it took all the time there is for one call.',
    );
  });

  test('does not keep the expressions of others from their turn', async () => {
    const hostile = populate(hub.fhir, asa, { questionnaire: questionnaire([withInitial('a', 'integer', ENDLESS)]) });
    const calculated = {
      linkId: 'a',
      type: 'integer' as const,
      extension: [expression('calculatedExpression', '1 + 2')],
    };
    const other = await populate(hub.fhir, asa, { questionnaire: questionnaire([calculated]) });
    expect(said(other)).toEqual([]);
    await hostile;
  });
});
