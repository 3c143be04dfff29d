import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import type { Caller } from '../caller.ts';
import type { Pulse } from './terms/life-cycle.ts';

/** A subscription as the hub works on it. */
export interface SubscriptionRow extends Pulse {
  readonly id: string;
  /** What its wake-ups stand under in the outbox. */
  readonly timer: string;
  readonly ownerOrg: string;
  readonly round: number;
  /** The number of the last event that happened. */
  readonly events: number;
  /** The number of the last event handed to a delivery. */
  readonly batchedThrough: number;
  readonly deliveredThrough: number;
  /** A delivery waits that has not been given its events yet. */
  readonly queued: boolean;
  readonly errorCode: string | null;
}

/** The columns of a `SubscriptionRow`; numbers of events stay exact up to 2^53. */
export const SUBSCRIPTION_COLUMNS = `
  id, timer::text AS timer, owner_org AS "ownerOrg", status, round, events::float8 AS events,
  batched_through::float8 AS "batchedThrough", delivered_through::float8 AS "deliveredThrough", queued,
  heartbeat_seconds AS "heartbeatSeconds", last_sent_at AS "lastSentAt", ends_at AS "endsAt", error_code AS "errorCode"`;

/** Takes a subscription's row until the transaction ends. */
export async function lockSubscription(tx: Sql, id: string): Promise<SubscriptionRow | undefined> {
  const [row] = await tx.query<SubscriptionRow>(
    `SELECT ${SUBSCRIPTION_COLUMNS} FROM subscription WHERE id = $1 FOR UPDATE`,
    [id],
  );
  return row;
}

/** Who is told: notifications hold what this caller may see. */
export function subscriberOf({ ownerOrg }: Pick<SubscriptionRow, 'ownerOrg'>, hubOrg: string): Caller {
  return { kind: ownerOrg === hubOrg ? 'operator' : 'client', organizationId: ownerOrg };
}

/** What every process remembers about subscriptions is out of date from the commit on. */
export async function bumpEpoch(tx: Sql): Promise<void> {
  await tx.query('UPDATE subscription_epoch SET value = value + 1');
}

/**
 * A subscription's row as it stands.
 * @throws AppError (404) when it has gone meanwhile
 */
export async function readSubscription(sql: Sql, id: string): Promise<SubscriptionRow> {
  const [row] = await sql.query<SubscriptionRow>(`SELECT ${SUBSCRIPTION_COLUMNS} FROM subscription WHERE id = $1`, [
    id,
  ]);
  if (row) return row;
  throw new AppError('notFound', 'resource.not-found', `There is no Subscription/${id} here.`);
}
