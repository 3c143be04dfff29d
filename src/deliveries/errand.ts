import type { SendOutcome } from '../channels/channel.ts';
import type { Sql } from '../db/database.ts';
import type { Disclosed } from '../fhir/audit/record/disclosures.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import type { Settlement } from './delivery.ts';
import type { DeliveryRow } from './store.ts';

/** What differs between deliveries by what they are about: what is said, and what follows from how that went. */
export interface Errand {
  /** The Endpoint it goes to, where there is one. */
  readonly endpointId: string | undefined;
  /** What is sent to the recipient; undefined where nothing leaves the hub, e.g. because the recipient reads it here. */
  readonly discloses: Disclosed | undefined;
  /** @param doubtful an earlier attempt may have arrived */
  readonly say: (doubtful: boolean) => Promise<SendOutcome>;
  /** Takes what must be taken before the outcome is written, and decides what becomes of the delivery. */
  readonly weigh: (unit: UnitOfWork, outcome: SendOutcome, attempt: number) => Promise<Settlement>;
  /** What follows, in the transaction in which the outcome is written. */
  readonly follow: (unit: UnitOfWork, outcome: SendOutcome, settlement: Settlement) => Promise<void>;
}

/** Nothing leaves before a consent is there. */
export const WAITS_FOR_CONSENT = 'waits-for-consent';

/** Finds out what a delivery has to say; undefined when there is nothing (more) to say. It runs in the taking's transaction. */
export type Prepare = (tx: Sql, row: DeliveryRow, now: Date) => Promise<Errand | typeof WAITS_FOR_CONSENT | undefined>;
