/** What the model knows of a Task. */
export interface Part {
  readonly owner: string;
  /** Who wrote it down. */
  readonly author: string;
  status: string;
  /** Its open offer: of several asked for the same, the first has it. */
  readonly offer: string | undefined;
  /** Whether it is asked to stop what it has begun. */
  asked: boolean;
  hasOutput: boolean;
}

export interface State {
  readonly root: Part;
  readonly legs: Part[];
  readonly messages: Message[];
  /** What the client says of who may know. */
  readonly consents: Given[];
  readonly appointments: { readonly id: string; readonly by: string; status: string }[];
  /** Null: it is not asked. */
  client: Client | null;
  /** Whether its policy has the client asked, once it is reported that something was provided. */
  asksClient: boolean;
  /** Whether the hub asks the next by itself. */
  readonly byItself: boolean;
}

/** What the model knows of a message about a Task. */
export interface Message {
  readonly id: string;
  readonly about: Part;
  readonly from: string;
  readonly to: string;
  /** Until when it needs an answer; null: it needs none. */
  readonly answerBy: string | null;
  /** The message that has answered it. */
  answeredBy: string | null;
  isRead: boolean;
  isWithdrawn: boolean;
}

/** What a client may say of having received what is reported. */
export type Received = 'yes' | 'partly' | 'no';

/** What a client answers. */
export interface Answering {
  readonly received: Received;
  readonly needRemains: boolean;
}

/** What the model knows of asking the client of a referral whether it was received. */
export interface Client {
  stands: 'asked' | 'answered' | 'unanswered';
  received: Received | null;
  needRemains: boolean | null;
  /** Whether somebody has the questions, and is waited for. */
  isHandedOver: boolean;
  /** Until when the link is good that was handed out last; null: none is. */
  linkUntil: string | null;
  /** Whether a case manager has said what becomes of the answer. */
  isSettled: boolean;
}

/** What the model knows of a client's consent: what it says of whom, and since when. `whom`: null: of everybody. */
export interface Given {
  readonly id: string;
  /** Who wrote it down. */
  readonly by: string;
  readonly effect: 'deny' | 'permit';
  readonly whom: string | null;
  readonly at: string;
  /** Whether it counts now: nobody has ended it, its time has come and is not over. */
  isActive: boolean;
}
