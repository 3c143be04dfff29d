import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mergeUpdate } from '../../../../src/referrals/updates/task-fields.ts';
import { task, with_ } from './task.ts';

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
