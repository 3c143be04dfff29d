import { AppError } from '../../errors.ts';
import type { TimelineOrder } from './query.ts';

/** Where an entry stands: when it was recorded, of which kind it is, and which of these. No two stand at the same place. */
export interface Place {
  /** ISO 8601, UTC, to the microsecond, as the database has it. */
  readonly at: string;
  readonly rank: number;
  readonly key: string;
}

export function writeCursor(order: TimelineOrder, { at, rank, key }: Place): string {
  return Buffer.from(`${order} ${at} ${rank} ${key}`).toString('base64url');
}

/** @throws AppError (400) when it is none, or of a timeline in another order */
export function readCursor(order: TimelineOrder, text: string | undefined): Place | undefined {
  if (text === undefined) return undefined;
  const [said, at = '', rank = '', key = ''] = Buffer.from(text, 'base64url').toString().split(' ');
  if (!MOMENT.test(at) || !/^\d{1,2}$/.test(rank) || !KEY.test(key)) throw refused(NOT_OURS);
  if (said !== order) throw refused('This cursor is of a timeline in another order. Start again without it.');
  return { at, rank: Number(rank), key };
}

const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;
const KEY = /^[\w./-]{1,150}$/;
const NOT_OURS = 'This cursor is not one of ours. Start again without it.';

function refused(text: string): AppError {
  return new AppError('invalid', 'loops.cursor', text, {
    issues: [{ text, expression: 'cursor' }],
  });
}
