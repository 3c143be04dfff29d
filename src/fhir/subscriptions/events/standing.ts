import type { Sql } from '../../../db/database.ts';
import { meets } from '../filters.ts';
import { type Filter, readFilter } from '../terms/read-filter.ts';
import type { SubscriptionSettings } from '../terms/terms.ts';
import { type Changed, isTriggered, type Topic } from '../topics/topic.ts';

/** A subscription that may have to be told. */
export interface Watcher {
  readonly id: string;
  readonly ownerOrg: string;
  readonly topic: Topic;
  readonly filters: readonly Filter[];
}

/** What is subscribed to, as of one epoch. */
export interface Standing {
  readonly epoch: string;
  /** The subscriptions that a change is an event of. */
  told(changed: Changed): readonly Watcher[];
}

interface StandingRow {
  readonly epoch: string;
  readonly id: string | null;
  readonly ownerOrg: string;
  readonly topic: string;
  readonly filters: readonly string[];
}

/** Reads what is subscribed to, and as of when, by one statement. */
export async function readStanding(sql: Sql, settings: SubscriptionSettings): Promise<Standing> {
  const rows = await sql.query<StandingRow>(
    `SELECT e.value::text AS epoch, s.id, s.owner_org AS "ownerOrg", s.topic, s.filters
     FROM subscription_epoch e LEFT JOIN subscription s ON s.status <> 'off' ORDER BY s.id`,
  );
  return makeStanding(
    rows[0]?.epoch ?? '',
    rows.flatMap((row) => toWatcher(row, settings) ?? []),
  );
}

/** @returns undefined for one whose topic or filters the hub no longer has: then nothing is an event of it */
function toWatcher(
  { id, ownerOrg, topic: url, filters }: StandingRow,
  settings: SubscriptionSettings,
): Watcher | undefined {
  const topic = settings.topics.get(url);
  if (id === null || !topic) return undefined;
  const read = filters.map((text) => readFilter(text, topic, settings.hubBase));
  const usable = read.flatMap((filter) => ('problem' in filter ? [] : [filter]));
  return usable.length === read.length ? { id, ownerOrg, topic, filters: usable } : undefined;
}

/** The watchers of one type: those that wait for one value are found by it, whatever their number. */
interface Shelf {
  readonly byValue: Map<string, Map<string, Watcher[]>>;
  readonly others: Watcher[];
}

/** Pure. */
export function makeStanding(epoch: string, watchers: readonly Watcher[]): Standing {
  const shelves = new Map<string, Shelf>();
  for (const watcher of watchers) {
    for (const type of new Set(watcher.topic.triggers.map((trigger) => trigger.type))) {
      const shelf = shelves.get(type) ?? { byValue: new Map(), others: [] };
      shelves.set(type, shelf);
      place(shelf, type, watcher);
    }
  }
  return { epoch, told: (changed) => toldOf(shelves.get(changed.type), changed) };
}

function place({ byValue, others }: Shelf, type: string, watcher: Watcher): void {
  const exact = conditionsOf(watcher, type).filter(({ param, modifier }) => !modifier && param !== '_lastUpdated');
  const condition = exact.find(({ param }) => NARROW.has(param)) ?? exact[0];
  if (!condition) {
    others.push(watcher);
    return;
  }
  const values = byValue.get(condition.param) ?? new Map<string, Watcher[]>();
  byValue.set(condition.param, values);
  for (const value of condition.values) {
    const there = values.get(value);
    if (there) there.push(watcher);
    else values.set(value, [watcher]);
  }
}

/** Parameters of which few resources share a value: they are looked at first. */
const NARROW: ReadonlySet<string> = new Set([
  '_id',
  'actor',
  'based-on',
  'location',
  'owner',
  'part-of',
  'patient',
  'performer',
  'practitioner',
  'recipient',
  'requester',
  'sender',
]);

function conditionsOf({ filters }: Watcher, type: string): Filter['conditions'] {
  return filters.filter((filter) => filter.type === type).flatMap(({ conditions }) => conditions);
}

function toldOf(shelf: Shelf | undefined, changed: Changed): Watcher[] {
  const held = changed.after ?? changed.before;
  if (!shelf || !held) return [];
  const near = [...shelf.byValue].flatMap(([param, values]) =>
    [...held.formsOf(param)].flatMap((form) => values.get(form) ?? []),
  );
  const possible = new Set([...near, ...shelf.others]);
  return [...possible].filter(
    (watcher) => meets(conditionsOf(watcher, changed.type), held) && isTriggered(watcher.topic, changed),
  );
}
