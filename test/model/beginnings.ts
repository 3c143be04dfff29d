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

const delivered: Command = { do: 'deliver', how: 'delivered' };
const toCook: readonly Command[] = [{ do: 'offer', to: ['cook'], mode: 'parallel' }, delivered];
const toDorm: readonly Command[] = [{ do: 'offer', to: ['dorm'], mode: 'parallel' }, delivered];
const byMail: Command = { do: 'answer-by-mail', part: 0, says: 'in-progress' };
const saidThere = (part: number, status: string): Command => ({
  do: 'say-there',
  part,
  who: 'owner',
  status,
  hasReason: true,
  lists: null,
  asked: 'now',
});

/** How far it has come before: what happens late would hardly be reached by chance. */
const BEGINNINGS: readonly (readonly Command[])[] = [
  [],
  [],
  [delivered],
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
];
export const beginnings = oneOf(...BEGINNINGS);

/** Where somebody is asked, too, who works on a server of its own, or has only a mailbox. */
export const beginningsOnHub = oneOf<readonly Command[]>(
  ...BEGINNINGS,
  toDorm,
  [said('rejected'), ...toDorm, byMail],
  [...toDorm, byMail, abort],
  ...[[], [saidThere(1, 'accepted')], [saidThere(1, 'in-progress'), asked], [saidThere(1, 'completed')]].flatMap(
    (each) => [
      [...toCook, ...each],
      [said('rejected'), ...toCook, ...each],
    ],
  ),
);
