import { AppError } from '../../errors.ts';
import type { Sort } from './query.ts';

/** Behind which loop a page begins, in the order of its list. */
export interface Place {
  readonly at: Date;
  readonly id: string;
}

/** `all`: open and closed ones in one order. */
export interface Cursor extends Partial<Place> {
  readonly state: 'open' | 'closed' | 'all';
}

/** @param cursor without a place: from the beginning of those of its state */
export function writeCursor(sort: Sort, { state, at, id }: Cursor): string {
  return Buffer.from(`${sort} ${state} ${at?.toISOString() ?? '-'} ${id ?? '-'}`).toString('base64url');
}

/** @throws AppError (400) when it is none, or of a list in another order */
export function readCursor(sort: Sort, text: string | undefined): Cursor | undefined {
  if (!text) return undefined;
  const [order, state, at = '', id] = Buffer.from(text, 'base64url').toString().split(' ');
  if ((state !== 'open' && state !== 'closed' && state !== 'all') || !id) throw refused(NOT_OURS);
  if (order !== sort) throw refused('This cursor is of a list in another order. Start again without it.');
  if (at === '-') return { state };
  const moment = new Date(at);
  if (Number.isNaN(moment.getTime())) throw refused(NOT_OURS);
  return { state, at: moment, id };
}

const NOT_OURS = 'This cursor is not one of ours. Start again without it.';

function refused(text: string): AppError {
  return new AppError('invalid', 'loops.cursor', text, {
    issues: [{ text: 'Not a cursor of this list.', expression: 'cursor' }],
  });
}
