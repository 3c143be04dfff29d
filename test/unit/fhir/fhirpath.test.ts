import { describe, expect, test } from '@jest/globals';
import { AppError } from '../../../src/errors.ts';
import { isVariableName, pathBudget } from '../../../src/fhir/expressions/question.ts';
import { evaluatePath, holds, type PathQuestion } from '../../../src/fhir/fhirpath.ts';

const NOW = new Date('2026-03-01T12:00:00.000Z');
const patient = {
  resourceType: 'Patient',
  id: '1',
  birthDate: '2008-03-01',
  name: [{ given: ['Åsa'] }],
  deceasedBoolean: false,
};

function question(expression: string, fields: Partial<PathQuestion> = {}): PathQuestion {
  return {
    expression,
    place: 'here',
    focus: patient,
    variables: new Map<string, unknown>([
      ['patient', patient],
      ['many', Array.from({ length: 1_001 }, (_, at) => at)],
    ]),
    ...fields,
  };
}

function refusal(ask: () => unknown): unknown {
  try {
    return ask();
  } catch (thrown) {
    if (!(thrown instanceof AppError)) throw thrown;
    const [issue] = thrown.outcome.issue;
    return [thrown.status, issue?.details?.text, issue?.expression?.[0]];
  }
}

describe('FHIRPath written by people', () => {
  test.each<[string, unknown[]]>([
    ['name.given', ['Åsa']],
    ['%patient.deceased', [false]],
    ['now()', ['2026-03-01T12:00:00.000Z']],
    ['now() + 1 hour', ['2026-03-01T13:00:00Z']],
    ['today() - 18 years', ['2008-03-01']],
    ['birthDate <= today() - 18 years', [true]],
    ['timeOfDay()', ['12:00:00.000']],
    ['0.1 + 0.2', [0.3]],
    ["trace('x').id", ['1']],
    ["'+1 (555)'.replaceMatches('[^0-9]', '')", ['1555']],
  ])('%s', (expression, wanted) => {
    expect(evaluatePath(pathBudget(NOW), question(expression))).toEqual(wanted);
  });

  test('knows the types of a part by where it stands', () => {
    const item = { linkId: 'a', answer: [{ valueDate: '2020-01-01' }] };
    expect(
      evaluatePath(pathBudget(NOW), question('answer.value', { focus: item, base: 'QuestionnaireResponse.item' })),
    ).toEqual(['2020-01-01']);
  });

  test('holds when true is its only value', () => {
    expect(['true', 'false', '{}', '1', 'true | false'].map((each) => holds(pathBudget(NOW), question(each)))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ]);
  });

  const because = 'This FHIRPath expression cannot be evaluated.';
  test.each<[string, string]>([
    ['name.', 'It is not FHIRPath from its character 6 on.'],
    ['%whoever', 'There is no variable %whoever here.'],
    ['name.resolve()', 'resolve() would have to ask elsewhere, which expressions here may not.'],
    ["'a'.matches('(')", 'It does not fit what it is asked of.'],
    ["'a' + 1", 'It does not fit what it is asked of.'],
    ['1.repeat($this + 1)', 'It takes too long.'],
    [`'${'a'.repeat(50)}!'.matches('^(a+)+$')`, 'It takes too long.'],
    [`'${'a'.repeat(4_000)}'`, 'It is longer than 4000 characters.'],
    ['%many', 'It has more than 1000 values.'],
    ['name.constructor', 'It does not fit what it is asked of.'],
    ['%toString', 'It does not fit what it is asked of.'],
  ])('is refused with the reason and the place: %s', (expression, why) => {
    expect(refusal(() => evaluatePath(pathBudget(NOW), question(expression)))).toEqual([
      422,
      `${because} ${why}`,
      'here',
    ]);
  });

  test('ends when all expressions of a call together take too long', () => {
    const budget = { now: NOW, leftMs: 0.5, longestMs: 1_000 };
    expect(refusal(() => evaluatePath(budget, question('1')))).toEqual([
      422,
      `${because} The expressions before it took all the time there is for one call.`,
      'here',
    ]);
  });

  test('does not take names of the language for variables', () => {
    expect(['a', 'a-b_1', '__proto__', 'constructor', '', '1a', 'a b'].map(isVariableName)).toEqual([
      true,
      true,
      false,
      true,
      false,
      false,
      false,
    ]);
  });
});
