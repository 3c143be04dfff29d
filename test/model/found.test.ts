import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { databaseKinds } from '../support/database.ts';
import { closeHealthy } from '../support/healthy.ts';
import type { Command } from './commands.ts';
import { memoryHub } from './memory/memory-hub.ts';
import { runTogether } from './real/batch.ts';
import { type RealWorld, startWorld } from './real/real-hub.ts';
import { run } from './run.ts';
import type { Start } from './world.ts';

const START: Start = {
  sender: 'hospital',
  to: 'careloop',
  priority: 'routine',
  endsIn: null,
  asksClient: false,
  isDraft: false,
};
const DIRECT: Start = { ...START, to: 'anna' };
const DRAFT: Start = { ...START, isDraft: true };

const SAID = { hasReason: true, hasOutput: false, version: 'unsaid', clock: 0, progress: null, until: null } as const;
const says = (part: number, status: string, change: object = {}): Command => ({
  do: 'say',
  part,
  who: 'owner',
  status,
  ...SAID,
  ...change,
});
const hubSays = (part: number, status: string): Command => says(part, status, { who: 'hub' });
const sender = (status: string): Command => ({
  do: 'say-of-all',
  who: 'sender',
  status,
  hasReason: true,
  hasOutput: false,
});
const offer = (mode: 'parallel' | 'open', ...to: Extract<Command, { do: 'offer' }>['to']): Command => ({
  do: 'offer',
  to,
  mode,
});
const close = (outcome: string): Command => ({ do: 'close', outcome });
const weeks = (minutes: number): Command => ({ do: 'wait', minutes, sweeps: 7 });
const DELIVERED: Command = { do: 'deliver', how: 'delivered' };
const abort: Command = { do: 'ask', what: 'abort', who: 'sender', hasReason: true };

type Story = readonly [symptom: string, start: Start, commands: readonly Command[]];

/** What the sequences have found, each as a story that ended wrong. */
const FOUND: readonly Story[] = [
  ['an agency that the hub asks no more was not told', START, [hubSays(0, 'cancelled')]],
  [
    'an agency that has begun and that the hub asks to stop was not told, and had nothing to answer',
    START,
    [
      says(0, 'in-progress'),
      hubSays(0, 'cancelled'),
      { do: 'answer', request: 0, who: 'owner', status: 'completed', hasReason: true },
    ],
  ],
  [
    'what one agency does not stop took away what the sender reads of the whole',
    START,
    [
      says(0, 'in-progress'),
      hubSays(0, 'cancelled'),
      { do: 'answer', request: 0, who: 'owner', status: 'rejected', hasReason: true },
    ],
  ],
  ['a referral that its agency completed without a word could never be closed', DIRECT, [says(0, 'completed')]],
  [
    'a referral closed by hand waited on for what an agency had not said',
    START,
    [says(0, 'completed'), close('services-provided')],
  ],
  ['a draft was closed by hand', DRAFT, [close('client-declined')]],
  [
    'a draft that was withdrawn became a loop that nobody could close',
    DRAFT,
    [sender('entered-in-error'), { do: 'note', part: 0, who: 'owner' }, { do: 'reopen' }],
  ],
  [
    'an outcome made a loop of a draft that was withdrawn',
    { ...DRAFT, to: 'anna' },
    [sender('entered-in-error'), { do: 'report', part: 0, who: 'owner' }],
  ],
  [
    'a message made a loop of a draft that was withdrawn',
    DRAFT,
    [sender('entered-in-error'), { do: 'write', about: -1, who: 'sender', to: null, answerIn: null, answers: null }],
  ],
  [
    'a closed referral was closed once more, because its client had said that all was well',
    { ...START, asksClient: true },
    [
      says(0, 'completed', { hasOutput: true }),
      { do: 'client-says', received: 'yes', needRemains: false },
      { do: 'read', who: 'sender' },
      close('services-provided'),
    ],
  ],
  [
    'others were asked for what its sender had asked to stop',
    START,
    [
      says(0, 'in-progress'),
      abort,
      offer('parallel', 'dorm'),
      { do: 'take-on' },
      { do: 'answer', request: 0, who: 'hub', status: 'rejected', hasReason: true },
      offer('parallel', 'dorm'),
    ],
  ],
  [
    'what was done said for ever that it should be stopped',
    START,
    [says(0, 'in-progress'), sender('cancelled'), says(0, 'completed', { hasOutput: true })],
  ],
  [
    'what was closed by hand said for ever that it should be stopped',
    START,
    [says(0, 'in-progress'), abort, close('client-declined')],
  ],
  [
    'a request to stop was never answered where the others had done it all; the sender was told the same twice',
    START,
    [offer('parallel', 'cook'), says(0, 'completed', { hasOutput: true }), abort],
  ],
  [
    'a referral that the hub declined itself was worked on',
    START,
    [{ do: 'say-of-all', who: 'hub', status: 'rejected', hasReason: true, hasOutput: false }],
  ],
  [
    'who did not answer ended what another was working on',
    START,
    [says(0, 'in-progress'), offer('parallel', 'dorm'), DELIVERED, weeks(12_000), weeks(12_000)],
  ],
  [
    'each of several that did not answer an open offer had another asked',
    START,
    [says(0, 'in-progress'), offer('open', 'bread', 'dorm'), DELIVERED, weeks(12_000)],
  ],
  [
    'what the hub said of a part made it forget that its sender had asked to stop',
    START,
    [says(0, 'in-progress'), abort, says(0, 'in-progress', { who: 'hub', progress: 'appointment-booked' })],
  ],
  [
    'a referral whose sender knew how it ended was closed once more, because an earlier message had not arrived',
    START,
    [
      close('services-provided'),
      { do: 'deliver', how: 'rejected' },
      { do: 'report', part: 0, who: 'owner' },
      DELIVERED,
      close('services-provided'),
    ],
  ],
];

/** Likewise, where only a hub that runs knows who may read what, or sends mails. */
const FOUND_ON_HUB: readonly Story[] = [
  [
    'an answer was awaited of an agency that may not read the question',
    START,
    [
      { do: 'write', about: 0, who: 'hub', to: 'owner', answerIn: 72, answers: null },
      { do: 'consent', effect: 'deny', whom: 'anna', by: 'hub', begins: null, lasts: null },
    ],
  ],
  [
    'a sender was told the same twice where what was done was said with the end of it',
    START,
    [offer('parallel', 'dorm'), DELIVERED, { do: 'answer-by-mail', part: 0, says: 'completed' }],
  ],
];

describe('what was found stays mended, over the store in memory', () => {
  test.each(FOUND)('%s', async (_symptom, start, commands) => {
    await run({ hub: memoryHub(), isClose: true }, { start, commands });
  });
});

describe('what was found stays mended', () => {
  let world: RealWorld;
  beforeAll(async () => {
    world = await startWorld(databaseKinds().at(-1) ?? 'embedded');
  }, 120_000);
  afterAll(async () => {
    await world?.closeOthers();
    await closeHealthy(world?.hub, false);
  });

  test('on a hub that runs, over HTTP', async () => {
    const sequences = [...FOUND, ...FOUND_ON_HUB].map(([, start, commands]) => ({ start, commands }));
    expect(await runTogether(world, sequences)).toEqual([]);
  }, 120_000);
});
