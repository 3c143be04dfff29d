import type { Task } from '@medplum/fhirtypes';
import type { PartnerEndpoint } from '../directory/directory.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { MessageKind } from '../outbox/messages.ts';
import type { SaidMessage } from './said.ts';

/** How a try to deliver ended. A channel returns one of these; it never throws for what a partner does. */
export type SendOutcome =
  /** They have it. */
  | { readonly kind: 'delivered'; readonly code: string; readonly receipt?: string | undefined }
  /** They said no: a person must look. */
  | { readonly kind: 'rejected'; readonly code: string; readonly endpoint?: 'suspended' | 'off' }
  /** Surely not accepted. */
  | { readonly kind: 'retry'; readonly code: string; readonly notBefore?: Date | undefined }
  /** May have been accepted: ask before saying it again. */
  | { readonly kind: 'unknown'; readonly code: string }
  /** Not now, through nobody's fault; not an attempt. */
  | { readonly kind: 'wait'; readonly code: string; readonly until: Date };

/** A Task as it was last known to stand on the server of a partner that may write there, too. */
export interface Stood {
  /** Its address there; null: it was not read yet. */
  readonly there: string | null;
  /** What was read of it; null: nothing since the hub wrote it. */
  readonly digest: string | null;
  readonly status: string | null;
}

/** One message on its way to one organization. */
export interface Outgoing {
  /** The same over every retry and replay. */
  readonly deliveryId: string;
  readonly kind: MessageKind;
  /** The correlation id of everything said about one referral. */
  readonly loopId: string;
  /** The version of the Task this message speaks of. */
  readonly task: Task & { id: string };
  /** The message that is said, or that waits for an answer; undefined: it is of none. */
  readonly said?: SaidMessage | undefined;
  /** What the Task was there; what has been written there since is heard before it is written over. Undefined: never mind. */
  readonly stood?: Stood | undefined;
}

export interface SendContext {
  readonly signal: AbortSignal;
  readonly now: Date;
  /** The base address of this hub's FHIR server, for references partners can follow. */
  readonly hubBase: string;
  readonly outbound: Outbound;
}

/** The code that speaks one protocol. */
export interface Channel {
  readonly name: 'fhir-push' | 'fhir-pull';
  send(message: Outgoing, endpoint: PartnerEndpoint | undefined, context: SendContext): Promise<SendOutcome>;
  /** After an unknown outcome: whether the partner has it. `undefined` means it does not, or saying it again is harmless. */
  ask(message: Outgoing, endpoint: PartnerEndpoint | undefined, context: SendContext): Promise<SendOutcome | undefined>;
}
