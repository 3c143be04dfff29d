import fc from 'fast-check';
import { often, oneOf } from './arbitraries.ts';
import type { Command } from './commands.ts';
import { HUB, SENDERS, type Start } from './world.ts';

/** How it is sent. */
export const start: fc.Arbitrary<Start> = fc.record({
  sender: oneOf(...SENDERS),
  to: often<Start['to']>(HUB, 'anna', 'cook'),
  priority: often<Start['priority']>('routine', 'urgent', 'asap', 'stat'),
  endsIn: often<number | null>(null, 30, 500),
  asksClient: fc.boolean(),
  isDraft: fc.oneof({ weight: 14, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

const said = (status: string, hasOutput = false): Command => ({
  do: 'say',
  part: 0,
  who: 'owner',
  status,
  hasReason: true,
  hasOutput,
  version: 'unsaid',
  clock: 0,
  progress: null,
  until: null,
});
const asked: Command = { do: 'write', about: 0, who: 'hub', to: 'owner', answerIn: 72, answers: null };
const abort: Command = { do: 'ask', what: 'abort', who: 'sender', hasReason: true };

/** How far it has come before: what happens late would hardly be reached by chance. */
export const beginnings = oneOf<readonly Command[]>(
  [],
  [],
  [{ do: 'deliver', how: 'delivered' }],
  [said('accepted')],
  [asked],
  [said('in-progress')],
  [said('in-progress'), abort],
  [said('rejected')],
  [{ do: 'policy' }, said('rejected')],
  [said('completed')],
  [said('completed', true)],
  [said('completed', true), { do: 'hand-link' }],
  // A link is good for fourteen days.
  [said('completed', true), { do: 'hand-link' }, { do: 'wait', minutes: 20_200, sweeps: 0 }],
);
