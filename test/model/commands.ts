import type { AppointmentCommand } from './appointments/commands.ts';
import type { ClientCommand } from './confirmation/commands.ts';
import type { ConsentCommand } from './consents/commands.ts';
import type { MailboxCommand } from './mailbox/commands.ts';
import type { MessageCommand } from './messages/commands.ts';
import type { RequestCommand } from './request/commands.ts';
import type { ThereCommand } from './there/commands.ts';
import type { Agency, Delivering, HUB, Staff, Start, Who } from './world.ts';

/**
 * One thing that partners, people or time do. `part`: which Task, counted round; the root where it has no parts. `sweeps`:
 * how often so much time passes, and what is due is done after it; 0: it passes once, and nothing is done.
 */
export type Command =
  | MessageCommand
  | ConsentCommand
  | AppointmentCommand
  | ClientCommand
  | RequestCommand
  | ThereCommand
  | MailboxCommand
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
  | { readonly do: 'staff'; readonly there: Staff }
  | { readonly do: 'calendar'; readonly of: Agency | typeof HUB; readonly isSet: boolean };

/** What happens to one referral. */
export interface Sequence {
  readonly start: Start;
  readonly commands: readonly Command[];
}

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
