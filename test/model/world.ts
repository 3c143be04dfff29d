import type { Resource } from '@medplum/fhirtypes';
import type { Calendar } from '../../src/calendars/calendar.ts';
import type { LoopRow } from '../../src/loops/projection/project.ts';
import type { Client, Given, Received } from './state.ts';

/** Who is there: two who send, five who are asked (four have a matching service, one has a server of its own), and the hub. */
export const SENDERS = ['hospital', 'clinic'] as const;
export const AGENCIES = ['anna', 'bread', 'cook', 'dorm', 'egon'] as const;
export const WITH_SERVICE = ['anna', 'bread', 'cook', 'egon'] as const;
/** These have a server to which messages are delivered; the others work on the hub's. */
export const WITH_SERVER: readonly string[] = ['clinic', 'cook'];
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

/** A Task of a loop, with the names of the parties instead of their ids. */
export interface SeenTask {
  readonly id: string;
  readonly version: string;
  readonly status: string;
  readonly owner: Party;
  readonly offer: string | undefined;
  readonly asked: boolean;
  readonly outputs: number;
  /** Who wrote it here. */
  readonly author: string;
  /** Whom it is for. */
  readonly client: string;
  /** How far it has come, as it shows; `isObserved`: the hub says so itself, and nobody else has. */
  readonly progress: string | null;
  readonly isObserved: boolean;
  readonly order: string;
}

/** A request to stop, to wait or to go on. */
export interface SeenRequest {
  readonly id: string;
  readonly focus: string;
  readonly what: string;
  readonly author: string;
  readonly status: string;
}

export interface SeenTransition {
  readonly taskId: string;
  readonly from: string | null;
  readonly to: string;
  /** Who made it. */
  readonly by: string | null;
  readonly recordedAt: string;
}

export interface SeenDelivery {
  readonly kind: string;
  readonly taskId: string;
  readonly taskVersion: number;
  readonly recipient: string;
  readonly status: string;
  /** The message that is said, or that waits for an answer; null: none is. */
  readonly messageId: string | null;
  /** Whether somebody of its recipient has read here what it speaks of. */
  readonly isRead: boolean;
}

/** Something of a loop that others than its author may read. */
export interface SeenReadable {
  readonly reference: string;
  readonly author: string;
  readonly readers: readonly string[];
}

/** An appointment for what is asked. */
export interface SeenAppointment {
  readonly id: string;
  readonly by: string;
  readonly status: string;
  /** The requests and Tasks that it names. */
  readonly about: readonly string[];
}

/** A message about a Task of a loop. */
export interface SeenMessage {
  readonly id: string;
  readonly taskId: string;
  readonly from: string;
  readonly to: string;
  readonly answerBy: string | null;
  /** The message that has answered it. */
  readonly answeredBy: string | null;
  readonly isRead: boolean;
  readonly isWithdrawn: boolean;
  /** Who may read it; undefined where this hub does not say. */
  readonly readers?: readonly string[] | undefined;
}

export interface SeenDeadline {
  readonly taskId: string;
  /** The message whose answer is awaited; '': something else is. */
  readonly messageId: string;
  readonly step: string;
  readonly waitingOn: string;
  readonly organization: string | null;
  readonly due: string;
  readonly at: string | null;
  readonly rungs: number;
  readonly fired: number;
}

/** Everything a hub knows of a loop at one moment. */
export interface Seen {
  readonly now: string;
  readonly root: SeenTask;
  readonly legs: readonly SeenTask[];
  readonly requests: readonly SeenRequest[];
  readonly transitions: readonly SeenTransition[];
  readonly deliveries: readonly SeenDelivery[];
  readonly deadlines: readonly SeenDeadline[];
  /** As they were written. */
  readonly messages: readonly SeenMessage[];
  /** What the client says of who may know. */
  readonly consents: readonly Given[];
  /** Empty where this hub does not say. */
  readonly readable: readonly SeenReadable[];
  /** Changed last at the end. */
  readonly appointments: readonly SeenAppointment[];
  /** Null: its client is not asked. */
  readonly client: Client | null;
  /** Undefined: it has no loop, for it is a draft. */
  readonly row:
    | Pick<
        LoopRow,
        'state' | 'status' | 'sender_org' | 'next_step' | 'waiting_on' | 'waiting_on_org' | 'since' | 'due' | 'outcome'
      >
    | undefined;
}

export type ByHand =
  | { readonly what: 'offer'; readonly to: readonly Party[]; readonly mode: 'parallel' | 'open' }
  | { readonly what: 'take-on' }
  | { readonly what: 'close'; readonly outcome: string }
  | { readonly what: 'reopen' }
  | { readonly what: 'client-says'; readonly received: Received; readonly needRemains: boolean }
  | { readonly what: 'hand-link' };

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
  /** Does what is due. */
  sweep(): Promise<void>;
  deliver(how: Delivering): Promise<void>;
  otherPolicy(): Promise<void>;
  setCalendar(of: Party, calendar: Calendar | null): Promise<void>;
  /** What the doctor finds of a loop. */
  findings(loopId: string): Promise<readonly string[]>;
}
