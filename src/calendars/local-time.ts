import { IANAZone } from 'luxon';

/**
 * Local times as milliseconds: what a clock on the wall shows, read as if it were UTC. Clocks are put forward and back,
 * so that some local times never come and others come twice; what is made of them here never goes backwards all the same.
 */
export type LocalTime = number;

export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;

const zones = new Map<string, IANAZone>();

/** How far the clocks of a zone are ahead of UTC at a moment, in ms. */
function offsetAt(zone: string, at: number): number {
  if (zone === 'UTC') return 0;
  const known = zones.get(zone) ?? IANAZone.create(zone);
  zones.set(zone, known);
  return known.offset(at) * MINUTE_MS;
}

/** What the clocks of a zone show at a moment. While an hour comes for the second time they stand at its end. */
export function localTimeAt(zone: string, at: number): LocalTime {
  const [before, offset] = [offsetAt(zone, at - DAY_MS), offsetAt(zone, at)];
  if (before <= offset) return at + offset;
  const change = firstWhere(at - DAY_MS, at, (moment) => offsetAt(zone, moment) === offset);
  return Math.max(at + offset, change + before);
}

/** The first moment at which the clocks of a zone show a local time, or a later one where they never show it. */
export function momentOf(zone: string, local: LocalTime): number {
  const offsets = [offsetAt(zone, local - DAY_MS), offsetAt(zone, local + DAY_MS)];
  const [early, late] = [local - Math.max(...offsets), local - Math.min(...offsets)];
  const shown = (at: number): LocalTime => at + offsetAt(zone, at);
  if (shown(early) === local) return early;
  if (shown(late) === local) return late;
  return firstWhere(early, late, (at) => shown(at) >= local);
}

/** The first of the milliseconds after `low` up to `high` for which something holds that holds from then on, and at `high`. */
function firstWhere(low: number, high: number, holds: (at: number) => boolean): number {
  let [below, found] = [low, high];
  while (found - below > 1) {
    const middle = Math.floor((below + found) / 2);
    if (holds(middle)) found = middle;
    else below = middle;
  }
  return found;
}
