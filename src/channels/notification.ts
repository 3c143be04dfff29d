import type { Bundle } from '@medplum/fhirtypes';
import type { Said } from '../fhir/subscriptions/notification/status.ts';
import type { Terms } from '../fhir/subscriptions/terms/terms.ts';
import type { Outbound } from '../outbound/outbound.ts';
import type { SendOutcome } from './channel.ts';

/** One notification on its way to the endpoint of one Subscription. */
export interface Notification {
  /** The same over every retry. */
  readonly deliveryId: string;
  /** The loop that all of it is about; undefined: it is about several or none, or does not say about what. */
  readonly correlationId: string | undefined;
  /** Where and how. */
  readonly terms: Terms;
  readonly said: Said;
  /** What is said, as it is sent. */
  readonly bundle: Bundle;
}

/** How this hub sends e-mail. */
export interface MailSettings {
  /** `smtp://` or `smtps://`, with name and password where the server wants them. */
  readonly server: string;
  /** The address mails come from. */
  readonly from: string;
}

export interface NotificationContext {
  /** Aborts when the time for this attempt is over. */
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
  readonly now: Date;
  readonly outbound: Outbound;
  /** Undefined: this hub sends no e-mail. */
  readonly mail: MailSettings | undefined;
}

/** The code that brings notifications by one way. Saying one twice is harmless: its events have numbers. */
export type NotificationChannel = (notification: Notification, context: NotificationContext) => Promise<SendOutcome>;
