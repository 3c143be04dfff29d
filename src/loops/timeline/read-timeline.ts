import type { Sql } from '../../db/database.ts';
import { tasksSeenBy } from '../as-seen-by.ts';
import { organizationNames } from '../names.ts';
import type { LoopRow } from '../projection/project.ts';
import { partyOf, type Viewer } from '../worklist/viewer.ts';
import { TIMELINE_KINDS, type TimelineEntry, type TimelineKind, type TimelinePage } from './api.ts';
import { pageSql } from './page-sql.ts';
import { type Place, readCursor, writeCursor } from './place.ts';
import type { TimelineQuery } from './query.ts';
import { SOURCES } from './sources/all.ts';
import type { Moment } from './sources/source.ts';

/** A loop as its row is, and as the viewer is shown it. */
export interface SeenLoop {
  readonly whole: Pick<LoopRow, 'id' | 'sender_org' | 'legs'>;
  readonly seen: Pick<LoopRow, 'id' | 'legs'>;
}

interface Row {
  readonly kind: TimelineKind;
  readonly rank: number;
  readonly key: string;
  readonly recorded_at: Date;
  readonly at: Date;
  readonly place: string;
  readonly body: unknown;
}

/** What of a timeline is asked for; kinds: all, where it names none. */
export interface Asked extends Pick<TimelineQuery, 'order' | 'count' | 'cursor'> {
  readonly kind?: readonly TimelineKind[] | undefined;
}

/** One page of everything that happened to a loop, as far as the viewer may know it. */
export async function readTimeline(
  sql: Sql,
  viewer: Viewer,
  loop: SeenLoop,
  { order, cursor, count, kind }: Asked,
): Promise<TimelinePage> {
  const behind = readCursor(order, cursor);
  const text = pageSql(viewer, kind ?? TIMELINE_KINDS, order);
  const rows = text === undefined ? [] : await sql.query<Row>(text, valuesOf(viewer, loop, behind, count + 1));
  const shown = rows.slice(0, count);
  const last = shown.at(-1);
  const next =
    rows.length > count && last ? writeCursor(order, { at: last.place, rank: last.rank, key: last.key }) : null;
  return { entries: await entriesOf(sql, loop, shown), next };
}

function valuesOf(viewer: Viewer, { whole }: SeenLoop, behind: Place | undefined, most: number): unknown[] {
  const party = partyOf(viewer);
  const tasks = party === undefined ? null : tasksSeenBy(whole, party);
  return [whole.id, behind?.at ?? null, behind?.rank ?? null, behind?.key ?? null, most, tasks];
}

async function entriesOf(sql: Sql, { seen }: SeenLoop, rows: readonly Row[]): Promise<TimelineEntry[]> {
  const named = rows.flatMap(({ kind, body }) => SOURCES[kind].organizations(body));
  const names = await organizationNames(sql, [...named, ...seen.legs.map(({ organizationId }) => organizationId)]);
  return rows.map((row) => SOURCES[row.kind].entry(momentOf(row), row.body, { loop: seen, names }));
}

/** The first letters of names of entries; what these were before there were pages. */
const MARKS: Readonly<Record<TimelineKind, string>> = {
  status: 't',
  policy: 'p',
  escalation: 'e',
  delivery: 'd',
  finding: 'f',
  confirmation: 'c',
  message: 'm',
  note: 'n',
  appointment: 'a',
  share: 's',
  consent: 'w',
  'sign-off': 'o',
};

function momentOf({ kind, key, at, recorded_at }: Row): Moment {
  return {
    id: `${MARKS[kind]}${key.replace(/^0+/, '')}`,
    at: at.toISOString(),
    recordedAt: recorded_at.toISOString(),
  };
}
