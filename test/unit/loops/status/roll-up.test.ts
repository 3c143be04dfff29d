import { describe, expect, test } from '@jest/globals';
import { type LegState, rollUp } from '../../../../src/loops/status/roll-up.ts';
import type { TaskStatus } from '../../../../src/loops/words.ts';

const leg = (status: TaskStatus, hasOutput = false): LegState => ({ status, hasOutput });
const at = (status: TaskStatus, progress: string): LegState => ({ status, progress, hasOutput: false });

describe('of the legs the sender sees', () => {
  test.each<[string, TaskStatus, LegState[], ReturnType<typeof rollUp>]>([
    ['nothing while nobody is asked', 'requested', [], { status: 'requested', progress: undefined }],
    ['nothing while the first is asked', 'requested', [leg('requested')], { status: 'requested', progress: undefined }],
    [
      'accepted with the first that accepts',
      'requested',
      [leg('requested'), leg('accepted')],
      { status: 'accepted', progress: null },
    ],
    [
      'in progress with the first that begins',
      'accepted',
      [leg('accepted'), leg('in-progress')],
      { status: 'in-progress', progress: null },
    ],
    [
      'how far the work of a leg has come',
      'accepted',
      [leg('rejected'), at('accepted', 'appointment-booked')],
      { status: 'accepted', progress: 'appointment-booked' },
    ],
    [
      'what it may have to act on before the rest',
      'in-progress',
      [at('in-progress', 'visit-complete'), at('requested', 'awaiting-information')],
      { status: 'in-progress', progress: 'awaiting-information' },
    ],
    [
      'no progress of a leg that has ended, and none that concerns the hub alone',
      'in-progress',
      [at('rejected', 'no-show'), at('in-progress', 'delivered')],
      { status: 'in-progress', progress: null },
    ],
    [
      'that it waits when all that live wait',
      'in-progress',
      [leg('on-hold'), leg('rejected')],
      { status: 'on-hold', progress: null },
    ],
    [
      'that it goes on when one goes on',
      'on-hold',
      [leg('on-hold'), leg('in-progress')],
      { status: 'in-progress', progress: null },
    ],
    [
      'that it is being re-routed after a decline',
      'requested',
      [leg('rejected')],
      { status: 'requested', progress: 're-routing' },
    ],
    [
      'the same while the next one is asked',
      'requested',
      [leg('rejected'), leg('requested')],
      { status: 'requested', progress: 're-routing' },
    ],
    ['the same after a failure', 'in-progress', [leg('failed')], { status: 'in-progress', progress: 're-routing' }],
    [
      'accepted once the next one accepts',
      'requested',
      [leg('rejected'), leg('accepted')],
      { status: 'accepted', progress: null },
    ],
    [
      'no end while one of two goes on',
      'in-progress',
      [leg('completed', true), leg('requested')],
      { status: 'in-progress', progress: null },
    ],
    [
      'no end while its outcome cannot be read',
      'requested',
      [leg('completed', false)],
      { status: 'in-progress', progress: undefined },
    ],
    [
      'no end while one of two outcomes cannot be read',
      'in-progress',
      [leg('completed', true), leg('completed', false)],
      { status: 'in-progress', progress: undefined },
    ],
    [
      'the end when what was done can be read',
      'accepted',
      [leg('completed', true)],
      { status: 'completed', progress: null },
    ],
    [
      'the end although another declined',
      'accepted',
      [leg('rejected'), leg('completed', true)],
      { status: 'completed', progress: null },
    ],
  ])('%s', (_name, root, of, seen) => {
    expect(rollUp(root, of)).toEqual(seen);
  });
});
