import { describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import { FULFILL } from '../../../../src/loops/words.ts';
import { forbiddenChanges, mergeUpdate, saysTheSame } from '../../../../src/referrals/updates/task-fields.ts';
import { task, with_, without } from './task.ts';

describe('what a Task is about', () => {
  test.each<[string, Partial<Task>]>([
    ['Task.intent', { intent: 'plan' }],
    ['Task.code', { code: { text: 'else' } }],
    ['Task.focus', { focus: { reference: 'ServiceRequest/2' } }],
    ['Task.for', { for: { reference: 'Patient/2' } }],
    ['Task.requester', { requester: { reference: 'Organization/other' } }],
    ['Task.owner', { owner: { reference: 'Organization/other' } }],
    ['Task.partOf', { partOf: [{ reference: 'Task/x' }] }],
    ['Task.authoredOn', { authoredOn: '2026-03-03' }],
  ])('nobody changes: %s', (expression, change) => {
    expect(forbiddenChanges(task, with_(change))).toEqual([expression]);
  });

  test('may be left out of an update, or stand in another order', () => {
    expect(forbiddenChanges(task, without('focus', 'code', 'requester'))).toEqual([]);
    const turned = {
      coding: FULFILL.coding?.map(({ system, code, display }) => ({ display, code, system })),
    } as NonNullable<Task['code']>;
    expect(forbiddenChanges(task, with_({ code: turned }))).toEqual([]);
  });

  test('is not what happens to it', () => {
    expect(forbiddenChanges(task, with_({ status: 'in-progress', description: 'x', output: [], note: [] }))).toEqual(
      [],
    );
  });

  test('is named in full when several elements changed', () => {
    expect(forbiddenChanges(task, with_({ intent: 'plan', authoredOn: '2027' }))).toEqual([
      'Task.intent',
      'Task.authoredOn',
    ]);
  });
});

describe('an update by the owner', () => {
  test('changes how it goes, and nothing else', () => {
    const update = with_({
      status: 'in-progress',
      businessStatus: { text: 'visit-complete' },
      executionPeriod: { start: '2026-03-03' },
      description: 'Mine now',
      priority: 'stat',
    });
    expect(mergeUpdate(task, update, 'owner')).toMatchObject({
      status: 'in-progress',
      businessStatus: { text: 'visit-complete' },
      executionPeriod: { start: '2026-03-03' },
      description: 'Food, please',
    });
    expect(mergeUpdate(task, update, 'owner')).not.toHaveProperty('priority');
  });

  test('leaves what it leaves out', () => {
    expect(
      mergeUpdate(task, without('description', 'businessStatus', 'identifier', 'output', 'note'), 'owner'),
    ).toEqual(task);
  });
});

describe('an update by the requester', () => {
  test('changes what is asked', () => {
    expect(mergeUpdate(task, with_({ description: 'Urgently', priority: 'urgent' }), 'requester')).toMatchObject({
      description: 'Urgently',
      priority: 'urgent',
    });
  });

  test('leaves what the owner has written, where the requester does not know of it', () => {
    expect(mergeUpdate(task, without('businessStatus', 'statusReason', 'output', 'note'), 'requester')).toEqual(task);
  });

  test('does not take the Task its name or what it is about', () => {
    expect(mergeUpdate(task, without('identifier', 'focus', 'owner'), 'requester')).toEqual(task);
    expect(mergeUpdate(task, with_({ identifier: [{ value: 'other' }] }), 'requester').identifier).toEqual(
      task.identifier,
    );
  });
});

describe('the reason of a status', () => {
  test.each(['owner', 'requester'] as const)(
    'does not outlive it: the %s gives a new one with a new status',
    (side) => {
      const { statusReason: _reason, ...silent } = with_({ status: 'failed' });
      expect(
        mergeUpdate(with_({ status: 'on-hold', statusReason: { text: 'Waiting for a van' } }), silent, side),
      ).not.toHaveProperty('statusReason');
      const said = with_({ status: 'failed', statusReason: { text: 'No van' } });
      expect(mergeUpdate(task, said, side).statusReason).toEqual({ text: 'No van' });
    },
  );
});

describe('the time of an update', () => {
  const read = with_({ lastModified: '2026-03-02T09:00:00Z' });

  test.each(['owner', 'requester'] as const)('is what the %s says, and never that of the version before', (side) => {
    expect(mergeUpdate(read, with_({ lastModified: '2026-03-03T10:00:00Z' }), side).lastModified).toBe(
      '2026-03-03T10:00:00Z',
    );
    expect(mergeUpdate(read, read, side)).not.toHaveProperty('lastModified');
    expect(mergeUpdate(read, task, side)).not.toHaveProperty('lastModified');
  });
});

describe('two versions say the same', () => {
  test('whenever they were written, and however they are shown', () => {
    const again = with_({
      meta: { versionId: '9' },
      lastModified: '2026-03-09',
      text: { status: 'generated', div: '<div/>' },
    });
    expect(saysTheSame(task, again)).toBe(true);
    expect(saysTheSame(task, { ...task, note: undefined } as unknown as Task)).toBe(false);
    expect(saysTheSame(without('note'), { ...task, note: undefined } as unknown as Task)).toBe(true);
    expect(saysTheSame(task, with_({ status: 'completed' }))).toBe(false);
  });
});
