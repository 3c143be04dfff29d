import fc from 'fast-check';
import { appointmentChange, booking } from './appointments/commands.ts';
import { asker, mostly, often, oneOf, part, who } from './arbitraries.ts';
import { beginnings, beginningsOnHub, start } from './beginnings.ts';
import type { Command, Sequence } from './commands.ts';
import { clientSaying, linkAnswering, linkHanding } from './confirmation/commands.ts';
import { consentEnding, consenting } from './consents/commands.ts';
import { answeringByMail, writingByMail } from './mailbox/commands.ts';
import { receiving, withdrawing, writing } from './messages/commands.ts';
import { requestChange } from './request/commands.ts';
import { sayingThere, writingThere } from './there/commands.ts';
import { AGENCIES, type Agency, type Delivering, HUB, STAFF, type Start } from './world.ts';

const say = fc.record({
  do: fc.constant('say' as const),
  part,
  who,
  status: fc.oneof(
    {
      weight: 12,
      arbitrary: oneOf('accepted', 'in-progress', 'completed', 'rejected', 'on-hold', 'failed', 'cancelled'),
    },
    { weight: 1, arbitrary: oneOf('requested', 'draft', 'entered-in-error', 'received', 'ready') },
  ),
  hasReason: mostly,
  hasOutput: fc.boolean(),
  version: often<'unsaid' | 'current' | 'stale'>('unsaid', 'current', 'stale'),
  clock: often(0, 600, -600, -100_000),
  progress: often<string | null>(null, 'appointment-booked', 'awaiting-information', 'no-show', 'seen'),
  until: often<number | null>(null, 24, 500, -24),
});
const sayOfAll = fc.record({
  do: fc.constant('say-of-all' as const),
  who: asker,
  status: fc.oneof(
    { weight: 3, arbitrary: oneOf('cancelled', 'entered-in-error') },
    {
      weight: 1,
      arbitrary: oneOf('requested', 'accepted', 'in-progress', 'completed', 'on-hold', 'failed', 'rejected'),
    },
  ),
  hasReason: mostly,
  hasOutput: fc.boolean(),
});

const commands: fc.WeightedArbitrary<Command>[] = [
  { weight: 14, arbitrary: say },
  { weight: 3, arbitrary: sayOfAll },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('note' as const), part, who }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('priority' as const),
      priority: oneOf<Start['priority']>('routine', 'urgent', 'asap', 'stat'),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('report' as const), part, who }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('ask' as const),
      what: oneOf<'abort' | 'suspend' | 'resume'>('abort', 'suspend', 'resume'),
      who: asker,
      hasReason: mostly,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      request: fc.nat(2),
      who,
      status: oneOf('completed', 'rejected', 'accepted', 'cancelled'),
      hasReason: mostly,
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('offer' as const),
      to: fc.subarray([...AGENCIES], { minLength: 1 }),
      mode: oneOf<'parallel' | 'open'>('parallel', 'open'),
    }),
  },
  { weight: 2, arbitrary: requestChange },
  { weight: 6, arbitrary: writing },
  { weight: 2, arbitrary: receiving },
  { weight: 2, arbitrary: withdrawing },
  { weight: 3, arbitrary: booking },
  { weight: 3, arbitrary: appointmentChange },
  { weight: 5, arbitrary: clientSaying },
  { weight: 2, arbitrary: linkHanding },
  { weight: 2, arbitrary: linkAnswering },
  { weight: 2, arbitrary: fc.constant<Command>({ do: 'take-on' }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('close' as const),
      outcome: oneOf('services-provided', 'client-declined', 'duplicate', 'client-died'),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'reopen' }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      how: oneOf<Delivering>('delivered', 'rejected', 'given-up', 'away'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('read' as const), who: asker }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('wait' as const),
      minutes: oneOf(1, 90, 800, 3_000, 12_000),
      sweeps: oneOf(0, 1, 1, 2, 7),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Command>({ do: 'policy' }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('staff' as const), there: oneOf(...STAFF) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('calendar' as const),
      of: oneOf<Agency | typeof HUB>(...AGENCIES, HUB),
      isSet: fc.boolean(),
    }),
  },
];

const sequencesOf = (before: typeof beginnings, ...some: fc.WeightedArbitrary<Command>[]): fc.Arbitrary<Sequence> =>
  fc
    .record({
      start,
      before,
      after: fc.array(fc.oneof(...some), { minLength: 1, maxLength: 10, size: 'max' }),
    })

    .map(({ before: begun, after, ...sequence }) => ({ ...sequence, commands: [...begun, ...after] }));

/** What may happen to a referral, at random. */
export const sequences = sequencesOf(beginnings, ...commands);

/**
 * With what its client agrees to, what parties write on their own servers, and what they say by a link that was mailed, too:
 * only a hub that runs knows who may read what, asks, and sends mails.
 */
export const sequencesOnHub = sequencesOf(
  beginningsOnHub,
  ...commands,
  { weight: 7, arbitrary: consenting },
  { weight: 2, arbitrary: consentEnding },
  { weight: 20, arbitrary: sayingThere },
  { weight: 5, arbitrary: writingThere },
  { weight: 10, arbitrary: answeringByMail },
  { weight: 2, arbitrary: writingByMail },
);
