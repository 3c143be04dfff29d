import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { project } from '../../../../src/loops/projection/project.ts';
import { isTerminal, TASK_STATUSES } from '../../../../src/loops/words.ts';
import { delivery, leg, records, step, TERMS, task } from './records.ts';

const moments = fc
  .date({ min: new Date('2026-01-01'), max: new Date('2027-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString());
const statuses = fc.constantFrom(...TASK_STATUSES);
const anyRecords = fc
  .record({
    status: statuses,
    legs: fc.array(statuses, { maxLength: 3 }),
    times: fc.array(moments, { maxLength: 5 }),
    told: fc.constantFrom('pending', 'sending', 'delivered', 'rejected', 'dead', 'withdrawn'),
    at: moments,
    direct: fc.boolean(),
  })
  .map(({ status, legs, times, told, at, direct }) =>
    records({
      root: task('root', {
        status,
        authoredOn: at,
        ...(direct ? { owner: { reference: 'Organization/agency' } } : {}),
      }),
      legs: legs.map((each, place) => leg(`leg${place}`, `agency${place}`, each)),
      transitions: times.map((time, place) => step(place % 2 ? 'root' : 'leg0', 'requested', 'accepted', time)),
      deliveries: [
        delivery({
          kind: 'closing',
          taskId: 'root',
          status: told,
          settledAt: ['pending', 'sending'].includes(told) ? null : at,
        }),
      ],
    }),
  );

test('whatever happened, a loop is open with a next step, or closed with an outcome; never both, never neither', () => {
  fc.assert(
    fc.property(anyRecords, (all) => {
      const row = project(all, TERMS);
      const awaited = [row.next_step, row.waiting_on, row.since, row.due];
      if (row.state === 'open') expect(awaited).not.toContain(null);
      else
        expect([awaited, row.outcome === null, row.closed_at === null]).toEqual([
          [null, null, null, null],
          false,
          false,
        ]);
      if (row.state === 'closed') expect(isTerminal(row.status)).toBe(true);
      expect(project(all, TERMS)).toEqual(row);
    }),
  );
});
