import type { LoopRow } from '../../src/loops/projection/project.ts';
import type { Client, Given } from './state.ts';

/** A Task of a loop, with the names of the parties instead of their ids. */
export interface SeenTask {
  readonly id: string;
  readonly version: string;
  readonly status: string;
  readonly owner: string;
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
  readonly priority: string | undefined;
  /** Why it is so, as it says. */
  readonly reason: string | undefined;
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
  readonly id: string;
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

/** Something that a party says of a Task on its own server, and cannot be taken. */
export interface SeenFinding {
  readonly taskId: string;
  readonly by: string;
  readonly foundAt: string;
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
  /** What is asked. */
  readonly request: { readonly status: string; readonly author: string };
  readonly requests: readonly SeenRequest[];
  readonly transitions: readonly SeenTransition[];
  readonly deliveries: readonly SeenDelivery[];
  readonly deadlines: readonly SeenDeadline[];
  /** As they were written. */
  readonly messages: readonly SeenMessage[];
  /** What the client says of who may know. */
  readonly consents: readonly Given[];
  /** What parties say of Tasks on their own servers, and could not be taken. Empty where nobody is asked. */
  readonly findings: readonly SeenFinding[];
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
