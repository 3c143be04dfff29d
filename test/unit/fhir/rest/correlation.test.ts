import { describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { correlationIn, correlationOf } from '../../../../src/fhir/rest/correlation.ts';

describe('the id of everything said about a referral', () => {
  const root: Task = { resourceType: 'Task', id: 'root', status: 'requested', intent: 'order' };

  test.each<[string, Task, string | undefined]>([
    ['is that of a Task that is no part', root, 'root'],
    ['is that of the Task it is a part of', { ...root, id: 'leg', partOf: [{ reference: 'Task/root' }] }, 'root'],
    ['is not told of a Task about a Task', { ...root, id: 'stop', focus: { reference: 'Task/root' } }, undefined],
    ['is told where words look like a Task', { ...root, description: 'see "Task/other"' }, 'root'],
    [
      'is its own where the other is elsewhere',
      { ...root, partOf: [{ reference: 'https://x.example/Task/1' }] },
      'root',
    ],
  ])('%s', (_what, task, id) => {
    expect(correlationOf(task)).toBe(id);
    for (const space of [undefined, 1])
      expect(correlationIn({ type: 'Task', id: task.id ?? '', text: JSON.stringify(task, undefined, space) })).toBe(id);
  });

  test('is of nothing but Tasks', () => {
    expect(correlationOf({ resourceType: 'Patient', id: 'p' })).toBeUndefined();
    expect(correlationIn({ type: 'Patient', id: 'p', text: '{"x":"Task/1"}' })).toBeUndefined();
  });
});
