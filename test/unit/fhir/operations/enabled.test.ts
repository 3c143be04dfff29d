import { describe, expect, test } from '@jest/globals';
import type { QuestionnaireItemEnableWhen } from '@medplum/fhirtypes';
import { isMet } from '../../../../src/fhir/operations/questionnaires/enabled.ts';

type Condition = Omit<QuestionnaireItemEnableWhen, 'question'>;

const coding = (code: string, system?: string): object => ({ code, ...(system ? { system } : {}) });
const mg = { value: 5, code: 'mg', system: 'http://unitsofmeasure.org' };

describe('an item is enabled', () => {
  test.each<[string, Condition, unknown[], boolean]>([
    ['when there is an answer', { operator: 'exists', answerBoolean: true }, ['x'], true],
    ['when there is none', { operator: 'exists', answerBoolean: false }, [], true],
    ['not when there is one', { operator: 'exists', answerBoolean: false }, ['x'], false],
    ['when one of the answers is equal', { operator: '=', answerString: 'x' }, ['y', 'x'], true],
    ['not when there is no answer', { operator: '=', answerString: 'x' }, [], false],
    ['when no answer is equal', { operator: '!=', answerString: 'x' }, ['y'], true],
    ['when there is no answer that is equal', { operator: '!=', answerString: 'x' }, [], true],
    ['not when one of several is equal', { operator: '!=', answerString: 'x' }, ['y', 'x'], false],
    ['by the code and the system', { operator: '=', answerCoding: coding('a', 'urn:s') }, [coding('a', 'urn:s')], true],
    ['not by the code of another system', { operator: '=', answerCoding: coding('a', 'urn:s') }, [coding('a')], false],
    [
      'by a reference',
      { operator: '=', answerReference: { reference: 'Patient/1' } },
      [{ reference: 'Patient/1' }],
      true,
    ],
    ['by a greater number', { operator: '>', answerDecimal: 1.5 }, [1.6], true],
    ['not by an equal one', { operator: '>', answerInteger: 1 }, [1], false],
    ['by one that is at least as great', { operator: '>=', answerInteger: 1 }, [1], true],
    ['by a lesser number', { operator: '<', answerInteger: 1 }, [0], true],
    ['by one that is at most as great', { operator: '<=', answerInteger: 1 }, [2, 1], true],
    ['by a later date', { operator: '>', answerDate: '2026-03-01' }, ['2026-03-02'], true],
    ['by an earlier time of day', { operator: '<', answerTime: '10:00:00' }, ['09:59:00'], true],
    ['by a quantity of the same unit', { operator: '<', answerQuantity: { ...mg, value: 6 } }, [mg], true],
    ['not by a quantity of another unit', { operator: '<', answerQuantity: { ...mg, code: 'kg' } }, [mg], false],
    ['not by what has no order', { operator: '>', answerCoding: coding('a') } as Condition, [coding('b')], false],
  ])('%s', (_, condition, answers, wanted) => {
    expect(isMet({ question: 'q', ...condition } as QuestionnaireItemEnableWhen, answers)).toBe(wanted);
  });
});
