import type { TimelineEntry } from '../../../api/types.ts';

export interface TimelineDay {
  /** The moment of its newest entry. */
  at: string;
  entries: TimelineEntry[];
}

/** Newest first, under the day of the reader's own time zone. */
export function daysOf(timeline: TimelineEntry[]): TimelineDay[] {
  const newestFirst = timeline
    .map((entry, index) => ({ entry, index }))
    .sort((a, b) => Date.parse(b.entry.at) - Date.parse(a.entry.at) || b.index - a.index)
    .map(({ entry }) => entry);
  const days: TimelineDay[] = [];
  for (const entry of newestFirst) {
    const last = days.at(-1);
    if (last && new Date(last.at).toDateString() === new Date(entry.at).toDateString()) last.entries.push(entry);
    else days.push({ at: entry.at, entries: [entry] });
  }
  return days;
}
