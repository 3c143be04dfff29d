import type { Resource } from '@medplum/fhirtypes';
import type { Calendar } from '../../src/calendars/calendar.ts';
import type { Seen } from './seen-loop.ts';
import type { Answering } from './state.ts';
import type { Asked, Elsewhere } from './there/copy.ts';

/** Who is there: two who send, five who are asked (four have a matching service, one has a server of its own), and the hub. */
export const SENDERS = ['hospital', 'clinic'] as const;
export const AGENCIES = ['anna', 'bread', 'cook', 'dorm', 'egon'] as const;
export const WITH_SERVICE = ['anna', 'bread', 'cook', 'egon'] as const;
/** These have a server to which messages are delivered; the others work on the hub's. */
export const WITH_SERVER: readonly string[] = ['clinic', 'cook'];
/** This one has no program, and a mailbox: it answers by a link and a code. */
export const WITH_MAILBOX: readonly string[] = ['dorm'];
export const HUB = 'careloop';

export type Sender = (typeof SENDERS)[number];
export type Agency = (typeof AGENCIES)[number];
export type Party = Sender | Agency | typeof HUB;

/** Who does it, by what they are to the Task: whose it is, who asked, the hub's people, or somebody else. */
export type Who = 'owner' | 'sender' | 'hub' | 'stranger';

/** How a referral is sent. `to`: the hub, which places it, or one agency. */
export interface Start {
  readonly sender: Sender;
  readonly to: Agency | typeof HUB;
  readonly priority: 'routine' | 'urgent' | 'asap' | 'stat';
  /** Until when the sender has asked for it, in hours from now; null: it has not. */
  readonly endsIn: number | null;
  readonly isDraft: boolean;
  /** Whether its client is asked whether it was received. */
  readonly asksClient: boolean;
}

/** What a hub said to something: whether it was done, and what it answered. */
export interface Said {
  readonly ok: boolean;
  readonly text: string;
  /** The id of what was made, where something was. */
  readonly id?: string | undefined;
}

/** What a case manager does with a loop, and what a client answers who was given a link. */
export type ByHand =
  | { readonly what: 'offer'; readonly to: readonly Party[]; readonly mode: 'parallel' | 'open' }
  | { readonly what: 'take-on' }
  | { readonly what: 'close'; readonly outcome: string }
  | { readonly what: 'reopen' }
  | ({ readonly what: 'client-says' } & Answering)
  | { readonly what: 'hand-link' }
  | ({ readonly what: 'answer-link'; readonly link: 'last' | 'earlier' } & Answering);

/** Who of the hub's people is there. */
export const STAFF = ['everybody', 'case-managers', 'nobody'] as const;
export type Staff = (typeof STAFF)[number];

/** How a partner's server, or a reader, takes what is sent to it. */
export type Delivering = 'delivered' | 'rejected' | 'given-up' | 'away';

/** A hub that a model is held against: by whichever door, over whichever store. */
export interface ModelHub {
  /** The reference of an organization, or of whom the referral is for, once it was sent. */
  refer(party: Party | 'client'): string;
  send(start: Start): Promise<string>;
  /** Changes a resource as it stands; `version`: the one that the change is made of, if it says so. */
  change(by: Party, reference: string, change: object, version?: string): Promise<Said>;
  create(by: Party, resource: Resource): Promise<Said>;
  byHand(loopId: string, how: ByHand): Promise<Said>;
  /** The sender reads its referral. */
  read(by: Party, loopId: string): Promise<void>;
  see(loopId: string): Promise<Seen>;
  now(): Date;
  wait(minutes: number): Promise<void>;
  /** The server of a party that has one of its own; undefined where none is. */
  serverOf(by: Party): Elsewhere | undefined;
  /** Asks the server of a party what stands there of a Task. @returns undefined where it is away */
  ask(by: Party, taskId: string, isAway: boolean): Promise<Asked | undefined>;
  /**
   * Somebody says something about a Task by the link to it that was mailed to its owner, who has only a mailbox.
   * @returns undefined where none was mailed
   */
  byMail(taskId: string, what: 'answer' | 'messages', body: object): Promise<Said | undefined>;
  /** Does what is due. */
  sweep(): Promise<void>;
  deliver(how: Delivering): Promise<void>;
  otherPolicy(): Promise<void>;
  /** People of the hub come, or leave. */
  staff(there: Staff): Promise<void>;
  setCalendar(of: Party, calendar: Calendar | null): Promise<void>;
  /** What the doctor finds of a loop. */
  findings(loopId: string): Promise<readonly string[]>;
}
