import { describe, expect, test } from '@jest/globals';
import type { Task, TaskOutput } from '@medplum/fhirtypes';
import { loopOutcome } from '../../../../src/loops/status/outcome.ts';
import { OUTCOME_CODES, SYSTEMS, TASK_STATUSES } from '../../../../src/loops/words.ts';

const task = (fields: Partial<Task>): Task => ({
  resourceType: 'Task',
  status: 'completed',
  intent: 'order',
  ...fields,
});

describe('how a referral ended', () => {
  test.each(
    TASK_STATUSES.filter((status) => ['draft', 'requested', 'accepted', 'in-progress', 'on-hold'].includes(status)),
  )('is not said while it is %s', (status) => {
    const stillGoing = task({ status, statusReason: { text: 'No van' }, output: [{ type: {}, valueString: 'x' }] });
    expect(loopOutcome(stillGoing)).toEqual({ outcome: null, outcome_text: null, outcome_remains: null });
  });

  test.each([
    ['completed', 'services-provided'],
    ['cancelled', 'withdrawn-by-sender'],
    ['rejected', 'receiver-declined'],
    ['failed', 'not-provided'],
    ['entered-in-error', 'entered-in-error'],
  ] as const)('follows from its status: %s', (status, outcome) => {
    expect(loopOutcome(task({ status }))).toEqual({ outcome, outcome_text: null, outcome_remains: null });
  });

  test.each(OUTCOME_CODES)('is %s when the reason says so, whatever the status', (code) => {
    const statusReason = { coding: [{ system: SYSTEMS.outcome, code }], text: 'In words' };
    expect(loopOutcome(task({ status: 'failed', statusReason }))).toEqual({
      outcome: code,
      outcome_text: 'In words',
      outcome_remains: null,
    });
  });

  test('is not taken from codes of another system, nor from codes we do not know', () => {
    const foreign = { coding: [{ system: 'https://example.org/why', code: 'duplicate' }] };
    const unknown = { coding: [{ system: SYSTEMS.outcome, code: 'eaten-by-dog' }] };
    expect(loopOutcome(task({ status: 'rejected', statusReason: foreign })).outcome).toBe('receiver-declined');
    expect(loopOutcome(task({ status: 'rejected', statusReason: unknown })).outcome).toBe('receiver-declined');
  });

  test.each<[string, TaskOutput[], string]>([
    [
      'the name of what was done',
      [{ type: {}, valueReference: { reference: 'Procedure/1', display: 'Food box' } }],
      'Food box',
    ],
    ['the words of a code', [{ type: {}, valueCodeableConcept: { text: 'Enrolled' } }], 'Enrolled'],
    ['the display of a code', [{ type: {}, valueCodeableConcept: { coding: [{ display: 'Ride' }] } }], 'Ride'],
  ])('is told by %s, where no reason is given', (_name, output, text) => {
    expect(loopOutcome(task({ output })).outcome_text).toBe(text);
    expect(loopOutcome(task({ output, statusReason: { text: 'Said so' } })).outcome_text).toBe('Said so');
  });
});
