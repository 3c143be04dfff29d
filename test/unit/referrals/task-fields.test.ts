import { describe, expect, test } from '@jest/globals';
import type { Task } from '@medplum/fhirtypes';
import fc from 'fast-check';
import { FULFILL } from '../../../src/loops/words.ts';
import { forbiddenChanges, mergeUpdate, saysTheSame } from '../../../src/referrals/task-fields.ts';

type StoredTask = Task & { id: string };

const task: StoredTask = {
  resourceType: 'Task',
  id: 't',
  identifier: [{ value: '1' }],
  status: 'accepted',
  statusReason: { text: 'Gladly' },
  businessStatus: { text: 'seen' },
  intent: 'order',
  code: FULFILL,
  focus: { reference: 'ServiceRequest/1' },
  for: { reference: 'Patient/1' },
  requester: { reference: 'Organization/hospital' },
  owner: { reference: 'Organization/agency' },
  authoredOn: '2026-03-02',
  description: 'Food, please',
  output: [{ type: { text: 'first' }, valueString: 'One box' }],
  note: [{ text: 'A note' }],
};

const with_ = (fields: Partial<Task>): StoredTask => ({ ...task, ...fields });
const without = (...names: (keyof Task)[]): StoredTask =>
  Object.fromEntries(
    Object.entries(task).filter(([name]) => !names.includes(name as keyof Task)),
  ) as unknown as StoredTask;

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

const notes = fc.array(fc.record({ text: fc.constantFrom('a', 'b', 'c') }), { maxLength: 3 });
const outputs = fc.array(
  fc.constantFrom('x', 'y', 'z').map((text) => ({ type: { text }, valueString: text })),
  { maxLength: 3 },
);
const sides = fc.constantFrom('owner', 'requester') as fc.Arbitrary<'owner' | 'requester'>;

describe('whoever updates,', () => {
  test('outputs and notes only grow', () => {
    fc.assert(
      fc.property(outputs, outputs, notes, notes, sides, (before, after, noted, notedAfter, side) => {
        const merged = mergeUpdate(
          with_({ output: before, note: noted }),
          with_({ output: after, note: notedAfter }),
          side,
        );
        expect(merged.output?.slice(0, before.length)).toEqual(before);
        expect(merged.note?.slice(0, noted.length)).toEqual(noted);
        for (const each of after) expect(merged.output).toContainEqual(each);
        for (const each of notedAfter) expect(merged.note).toContainEqual(each);
      }),
    );
  });

  test('the same update a second time changes nothing', () => {
    fc.assert(
      fc.property(outputs, notes, sides, (output, note, side) => {
        const update = with_({ status: 'in-progress', output, note });
        const once = mergeUpdate(task, update, side);
        expect(mergeUpdate(once, update, side)).toEqual(once);
      }),
    );
  });

  test('the Task stays this Task, and what was stored is not touched', () => {
    fc.assert(
      fc.property(outputs, sides, (output, side) => {
        const before = structuredClone(task);
        const merged = mergeUpdate(
          task,
          with_({ output, owner: { reference: 'Organization/thief' }, intent: 'plan' }),
          side,
        );
        expect(merged).toMatchObject({ id: 't', owner: task.owner, intent: 'order' });
        expect(task).toEqual(before);
      }),
    );
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
