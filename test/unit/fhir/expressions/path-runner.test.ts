import { afterEach, describe, expect, test } from '@jest/globals';
import type { QuestionnaireResponse } from '@medplum/fhirtypes';
import { AppError } from '../../../../src/errors.ts';
import { openPathRunner, type PathRunner } from '../../../../src/fhir/expressions/path-runner.ts';
import { type PathBudget, type PathQuestion, pathBudget } from '../../../../src/fhir/expressions/question.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const ORDINAL = 'http://hl7.org/fhir/StructureDefinition/ordinalValue';
const patient = { resourceType: 'Patient', name: [{ given: ['Åsa'] }], birthDate: '2008-03-01' };
const MANY = `'aaaaaaaaaa'${".replace('a', 'aaaaaaaaaa')".repeat(6)}`;

const EATS_MEMORY = `${MANY}.toChars().select($this | 1)`;

function question(expression: string, fields: Partial<PathQuestion> = {}): PathQuestion {
  return { expression, place: 'here', focus: patient, bindings: [{ name: 'resource', value: patient }], ...fields };
}

function refusalOf(thrown: unknown): unknown {
  if (!(thrown instanceof AppError)) throw thrown;
  const [issue] = thrown.outcome.issue;
  return [thrown.status, issue?.details?.text, issue?.expression?.[0]];
}

describe('FHIRPath in a thread of its own', () => {
  const runners: PathRunner[] = [];
  const open = (limits?: Parameters<typeof openPathRunner>[0]): PathRunner => {
    const runner = openPathRunner(limits);
    runners.push(runner);
    return runner;
  };
  afterEach(async () => {
    await Promise.all(runners.splice(0).map((runner) => runner.close()));
  });
  const valuesOf = async (runner: PathRunner, asked: PathQuestion, budget = pathBudget(NOW)): Promise<unknown[]> =>
    (await runner.evaluate(budget, asked)).values;

  test('gives what it would give here', async () => {
    const runner = open();
    expect(await valuesOf(runner, question('name.given'))).toEqual(['Åsa']);
    expect(await valuesOf(runner, question('birthDate <= today() - 18 years'))).toEqual([true]);
    expect(await valuesOf(runner, question('%who', { bindings: [{ name: 'who', value: ['x', 1] }] }))).toEqual([
      'x',
      1,
    ]);
  });

  test('works formulas out in order, of what is used only, and says which failed', async () => {
    const bindings = [
      { name: 'resource', value: patient },
      { name: 'first', formula: { expression: 'name.given.first()', place: 'first' } },
      { name: 'greeting', formula: { expression: "'Hej ' & %first", place: 'greeting' } },
      { name: 'broken', formula: { expression: '%nobody', place: 'broken' } },
    ];
    const { values, failed } = await open().evaluate(pathBudget(NOW), question('%greeting', { bindings }));
    expect([values, failed]).toEqual([['Hej Åsa'], []]);
    const used = await open().evaluate(pathBudget(NOW), question('%broken.exists()', { bindings }));
    expect(used.values).toEqual([false]);
    expect(used.failed.map(refusalOf)).toEqual([
      [422, 'This FHIRPath expression cannot be evaluated. There is no variable %nobody here.', 'broken'],
    ]);
  });

  test('knows what a value was a part of when it is asked of it again', async () => {
    const runner = open();
    const observation = { resourceType: 'Observation', component: [{ valueQuantity: { value: 5, unit: 'mg' } }] };
    const [part] = await valuesOf(runner, question('component', { focus: observation, bindings: [] }));
    expect(await valuesOf(runner, question('value.value', { focus: part, bindings: [] }))).toEqual([5]);
    const bindings = [{ name: 'part', value: [part] }];
    expect(await valuesOf(runner, question('%part.value.unit', { bindings }))).toEqual(['mg']);
  });

  test('knows which question an answer belongs to when it is asked of it again', async () => {
    const runner = open();
    const option = (code: string, valueDecimal: number): object => ({
      valueCoding: { code },
      extension: [{ url: ORDINAL, valueDecimal }],
    });
    const questionnaire = {
      resourceType: 'Questionnaire',
      item: [{ linkId: 'g', item: [{ linkId: 'a', type: 'choice', answerOption: [option('x', 3), option('y', 7)] }] }],
    };
    const answered: QuestionnaireResponse = {
      resourceType: 'QuestionnaireResponse',
      status: 'completed',
      item: [{ linkId: 'g', item: [{ linkId: 'a', answer: [{ valueCoding: { code: 'y' } }] }] }],
    };
    const bindings = [
      { name: 'resource', value: answered },
      { name: 'questionnaire', value: questionnaire },
    ];
    const [answer] = await valuesOf(runner, question('%resource.item.item.answer', { focus: answered, bindings }));
    expect(answer).toEqual({ valueCoding: { code: 'y' } });
    expect(await valuesOf(runner, question('value.ordinal()', { focus: answer, bindings }))).toEqual([7]);
  });

  const because = 'This FHIRPath expression cannot be evaluated.';
  test.each<[string, string, string]>([
    ['never ends', '1.repeat($this + 1)', 'It takes too long.'],
    ['is a bad regular expression', `'${'a'.repeat(50)}!'.matches('^(a+)+$')`, 'It takes too long.'],
    ['gives more than it may', MANY, 'Its values are longer than 2000000 bytes.'],
    ['is no FHIRPath', 'name.', 'It is not FHIRPath from its character 6 on.'],
  ])('refuses what %s, and goes on', async (_, expression, why) => {
    const runner = open();
    const thrown: unknown = await runner.evaluate(pathBudget(NOW), question(expression)).catch((error) => error);
    expect(refusalOf(thrown)).toEqual([422, expect.stringMatching(`^${because} ${why}$`), 'here']);
    expect(await valuesOf(runner, question('birthDate'))).toEqual(['2008-03-01']);
  });

  /** The thread itself ends nothing within this: what ends it is outside of it. */
  const hour = (): PathBudget => ({ now: NOW, leftMs: 3_600_000, longestMs: 3_600_000 });

  test('is ended, and begun again, when it does not end by itself', async () => {
    const runner = open({ mostMs: 2_000 });
    const budget = hour();
    const thrown: unknown = await runner.evaluate(budget, question('1.repeat($this + 1)')).catch((error) => error);
    expect(refusalOf(thrown)).toEqual([422, `${because} It takes too long.`, 'here']);
    expect(budget.leftMs).toBeLessThan(hour().leftMs - 1_000);
    expect(await valuesOf(runner, question('birthDate'))).toEqual(['2008-03-01']);
  });

  test('is ended, and begun again, when it eats all the memory it has', async () => {
    const runner = open({ mostMs: 3_600_000 });
    const budget = hour();
    const thrown: unknown = await runner.evaluate(budget, question(EATS_MEMORY)).catch((error) => error);
    expect(refusalOf(thrown)).toEqual([422, `${because} It takes too much memory.`, 'here']);
    expect(budget.leftMs).toBeLessThan(hour().leftMs);
    expect(await valuesOf(runner, question('birthDate'))).toEqual(['2008-03-01']);
  });

  test('takes from what a call has', async () => {
    const budget = pathBudget(NOW);
    await open()
      .evaluate(budget, question('1.repeat($this + 1)'))
      .catch(() => undefined);
    expect(budget.leftMs).toBeLessThan(2_100);
  });

  test('refuses more than may wait, and answers those that do', async () => {
    const runner = open();
    const asked = await Promise.allSettled(Array.from({ length: 110 }, () => valuesOf(runner, question('birthDate'))));
    const refused = asked.filter((each) => each.status === 'rejected');
    expect(refused).toHaveLength(10);
    expect(refusalOf(refused[0]?.reason)).toEqual([
      429,
      'The expressions of 100 other calls are waiting to be evaluated. Try again in a few seconds.',
      undefined,
    ]);
  });
});
