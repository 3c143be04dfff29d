import { insertInto, type RowWriter } from '../../../db/row-writer.ts';
import { notify } from '../../../outbox/messages.ts';
import { type Caller, visibleTo } from '../../caller.ts';
import type { FinishRule } from '../../store/transact.ts';
import type { Change, UnitOfWork } from '../../store/unit-of-work.ts';
import { candidate } from '../filters.ts';
import { SUBSCRIPTION_COLUMNS, type SubscriptionRow, subscriberOf } from '../rows.ts';
import type { SubscriptionSettings } from '../terms/terms.ts';
import { type InteractionKind, interactionOf } from '../topics/topic.ts';
import { readStanding, type Standing, type Watcher } from './standing.ts';

/** One change, and who is told of it. */
interface Happened {
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly interaction: InteractionKind;
  readonly watchers: readonly Watcher[];
}

/**
 * Records, in the transaction of a change, which subscriptions it is an event of, under the next number of each. It must
 * be the last of the finish rules: what the others write are events too.
 *
 * What is subscribed to is remembered by the process. Each transaction that leans on that has the database confirm, in
 * the statement that writes it, that it is still so; if not, it is repeated. So a write without subscribers costs no
 * round trip, and none is missed that was accepted before the write.
 */
export function recordEvents(settings: SubscriptionSettings): FinishRule {
  const watched = new Set([...settings.topics.values()].flatMap(({ triggers }) => triggers.map(({ type }) => type)));
  let remembered: Standing | undefined;

  const standingFor = async (unit: UnitOfWork): Promise<Standing> => {
    // What this transaction itself changes may yet be undone: it is not remembered.
    if (unit.changes.some(({ type }) => type === 'Subscription')) return readStanding(unit.tx, settings);
    remembered ??= await readStanding(unit.tx, settings);
    return remembered;
  };

  return async (unit) => {
    const changes = unit.changes.filter(({ type, before, after }) => watched.has(type) && before !== after);
    if (changes.length === 0) return;
    const standing = await standingFor(unit);
    unit.leanOn(confirmations, { known: standing.epoch }, () => (remembered = undefined));
    const happened = changes
      .map((change) => toHappened(change, standing))
      .filter(({ watchers }) => watchers.length > 0);
    if (happened.length === 0) return;
    await unit.flush();
    await number(unit, happened);
  };
}

const confirmations: RowWriter<{ known: string }> = {
  name: 'subscription_epoch',
  columns: { known: 'bigint' },
  mustAffectEach: true,
  usuallyOne: true,
  statement: (rows) => `SELECT 1 FROM ${rows} WHERE known = (SELECT value FROM subscription_epoch)`,
};

function toHappened({ type, id, before, after }: Change, standing: Standing): Happened {
  const changed = { type, before: before && candidate(before), after: after && candidate(after) };
  const version = after ? Number(after.meta?.versionId) : Number(before?.meta?.versionId) + 1;
  return { type, id, version, interaction: interactionOf(changed), watchers: standing.told(changed) };
}

interface EventRow {
  subscription_id: string;
  number: number;
  occurred_at: string;
  type: string;
  resource_id: string;
  version: number;
  interaction: string;
}

const eventRows: RowWriter<EventRow> = insertInto('subscription_event', {
  subscription_id: 'text',
  number: 'bigint',
  occurred_at: 'timestamptz',
  type: 'text',
  resource_id: 'text',
  version: 'int',
  interaction: 'text',
});

const counted: RowWriter<{ id: string; events: number; queued: boolean }> = {
  name: 'subscription_counted',
  columns: { id: 'text', events: 'bigint', queued: 'boolean' },
  statement: (rows) =>
    `UPDATE subscription SET events = r.events, queued = r.queued FROM ${rows} WHERE subscription.id = r.id`,
};

/** Gives events their numbers: the row of each subscription is held, in one order for all, until the commit. */
async function number(unit: UnitOfWork, happened: readonly Happened[]): Promise<void> {
  const seen = await visible(unit, happened);
  const told = (id: string): Happened[] =>
    happened.filter((each) => each.watchers.some((watcher) => watcher.id === id && seen.has(keyOf(watcher, each))));
  const ids = [...new Set(happened.flatMap(({ watchers }) => watchers.map(({ id }) => id)))];
  for (const row of await unit.tx.query<SubscriptionRow>(LOCK_SQL, [ids])) stage(unit, row, told(row.id));
}

export const LOCK_SQL = `SELECT ${SUBSCRIPTION_COLUMNS} FROM subscription WHERE id = ANY ($1::text[]) ORDER BY id FOR UPDATE`;

function stage(unit: UnitOfWork, row: SubscriptionRow, happened: readonly Happened[]): void {
  if (row.status === 'off' || happened.length === 0) return;
  for (const [at, { type, id, version, interaction }] of happened.entries()) {
    unit.add(eventRows, {
      subscription_id: row.id,
      number: row.events + at + 1,
      occurred_at: unit.now.toISOString(),
      type,
      resource_id: id,
      version,
      interaction,
    });
  }
  const tells = row.status === 'active' && !row.queued;
  if (tells)
    notify(unit, { kind: 'notification', subscriptionId: row.id, recipientOrg: row.ownerOrg, round: row.round });
  unit.add(counted, { id: row.id, events: row.events + happened.length, queued: row.queued || tells });
}

/** What the subscribers may see of what happened, as the transaction leaves it. */
async function visible(unit: UnitOfWork, happened: readonly Happened[]): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  const owners = new Set(happened.flatMap(({ watchers }) => watchers.map(({ ownerOrg }) => ownerOrg)));
  for (const ownerOrg of owners) {
    const theirs = happened.filter(({ watchers }) => watchers.some((watcher) => watcher.ownerOrg === ownerOrg));
    const rows = await unit.tx.query<{ type: string; id: string }>(
      visibleSql(subscriberOf({ ownerOrg }, unit.hubOrg)),
      [theirs.map(({ type }) => type), theirs.map(({ id }) => id)],
    );
    for (const row of rows) keys.add(keyOf({ ownerOrg }, row));
  }
  return keys;
}

function visibleSql(subscriber: Caller): string {
  return `SELECT type, id FROM resource JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id)
    WHERE ${visibleTo(subscriber)}`;
}

function keyOf({ ownerOrg }: Pick<Watcher, 'ownerOrg'>, { type, id }: Pick<Happened, 'type' | 'id'>): string {
  return `${ownerOrg} ${type}/${id}`;
}
