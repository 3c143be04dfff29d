import fc from 'fast-check';
import { AGENCIES, type Agency, type Delivering, HUB, SENDERS, type Start } from './world.ts';

/** Who does it, by what they are to the Task: whose it is, who asked, the hub's people, or somebody else. */
export type Who = 'owner' | 'sender' | 'hub' | 'stranger';

/**
 * One thing that partners, people or time do. `part`: which Task, counted round; the root where it has no parts. `sweeps`:
 * how often so much time passes, and what is due is done after it; 0: it passes once, and nothing is done.
 */
export type Command =
  | {
      readonly do: 'say';
      readonly part: number;
      readonly who: Who;
      readonly status: string;
      readonly hasReason: boolean;
      readonly hasOutput: boolean;
      readonly version: 'unsaid' | 'current' | 'stale';
      /** How far the clock of who says it is from the hub's, in minutes. */
      readonly clock: number;
      readonly progress: string | null;
      /** Until when it is on hold, in hours; null: unsaid. */
      readonly until: number | null;
    }
  | {
      readonly do: 'say-of-all';
      readonly who: Who;
      readonly status: string;
      readonly hasReason: boolean;
      readonly hasOutput: boolean;
    }
  | { readonly do: 'note'; readonly part: number; readonly who: Who }
  | { readonly do: 'priority'; readonly priority: Start['priority'] }
  | { readonly do: 'report'; readonly part: number; readonly who: Who }
  | {
      readonly do: 'ask';
      readonly what: 'abort' | 'suspend' | 'resume';
      readonly who: Who;
      readonly hasReason: boolean;
    }
  | {
      readonly do: 'answer';
      readonly request: number;
      readonly who: Who;
      readonly status: string;
      readonly hasReason: boolean;
    }
  | { readonly do: 'offer'; readonly to: readonly Agency[]; readonly mode: 'parallel' | 'open' }
  | { readonly do: 'take-on' }
  | { readonly do: 'close'; readonly outcome: string }
  | { readonly do: 'reopen' }
  | { readonly do: 'deliver'; readonly how: Delivering }
  | { readonly do: 'read'; readonly who: Who }
  | { readonly do: 'wait'; readonly minutes: number; readonly sweeps: number }
  | { readonly do: 'policy' }
  | { readonly do: 'calendar'; readonly of: Agency | typeof HUB; readonly isSet: boolean };

/** What happens to one referral. */
export interface Sequence {
  readonly start: Start;
  readonly commands: readonly Command[];
}

const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const often = <T>(value: T, ...others: readonly T[]): fc.Arbitrary<T> =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: oneOf(...others) });
const who = often<Who>('owner', 'hub', 'sender', 'stranger');
const asker = often<Who>('sender', 'owner', 'hub', 'stranger');
const part = fc.nat(3);
const rarely = fc.oneof({ weight: 6, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });
const mostly = rarely.map((no) => !no);

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

const command: fc.Arbitrary<Command> = fc.oneof(
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
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('calendar' as const),
      of: oneOf<Agency | typeof HUB>(...AGENCIES, HUB),
      isSet: fc.boolean(),
    }),
  },
);

const start: fc.Arbitrary<Start> = fc.record({
  sender: oneOf(...SENDERS),
  to: often<Start['to']>(HUB, 'anna', 'cook'),
  priority: often<Start['priority']>('routine', 'urgent', 'asap', 'stat'),
  endsIn: often<number | null>(null, 30, 500),
  isDraft: fc.oneof({ weight: 14, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
});

/** What may happen to a referral, at random. */
export const sequences: fc.Arbitrary<Sequence> = fc.record({
  start,
  commands: fc.array(command, { minLength: 1, maxLength: 10, size: 'max' }),
});

/** A sequence as it is told when it fails: one line for each thing that happens. */
export function told({ start: begun, commands }: Sequence): string {
  return [`send ${fields(begun)}`, ...commands.map(({ do: what, ...rest }) => `${what} ${fields(rest)}`)].join('\n');
}

function fields(values: object): string {
  return Object.entries(values)
    .filter(([, value]) => value !== null && value !== false)
    .map(([name, value]) => `${name}=${Array.isArray(value) ? value.join('+') : String(value)}`)
    .join(' ');
}
