import { AppError } from '../../../errors.ts';

/**
 * A place in a list of results: just behind, or just before, one version of a resource. It holds ids and times only, so
 * that nothing a resource says stands in an address.
 */
export interface Cursor {
  readonly direction: 'next' | 'previous';
  readonly type: string;
  readonly id: string;
  readonly version: number;
  readonly lastUpdated: Date;
  /** When the first page was made: what was created since is left out, so that pages stay as they are. */
  readonly asOf: Date;
}

/** The parameter that holds a cursor in the links between pages. */
export const CURSOR = '_cursor';

const FORM = /^(next|previous) ([A-Z][A-Za-z]{0,39}) ([A-Za-z0-9\-.]{1,64}) (\d{1,9}) (\d{1,14}) (\d{1,14})$/;

export function writeCursor({ direction, type, id, version, lastUpdated, asOf }: Cursor): string {
  const text = [direction, type, id, version, lastUpdated.getTime(), asOf.getTime()].join(' ');
  return Buffer.from(text).toString('base64url');
}

/** @throws AppError (400) when it is none that this server wrote */
export function readCursor(text: string): Cursor {
  const parts = text.length > 300 ? null : FORM.exec(Buffer.from(text, 'base64url').toString('latin1'));
  const [, direction, type = '', id = '', version, lastUpdated, asOf] = parts ?? [];
  if (direction !== 'next' && direction !== 'previous') {
    const text = 'This is not the address of a page. Follow the links of a search result as they are.';
    throw new AppError('invalid', 'search.cursor', text);
  }
  const times = { lastUpdated: new Date(Number(lastUpdated)), asOf: new Date(Number(asOf)) };
  return { direction, type, id, version: Number(version), ...times };
}

/** What a page is refused with whose place cannot be told (any more). */
export function pageGone(): AppError {
  return new AppError('invalid', 'search.cursor', 'This page is no longer there. Begin again with the first page.');
}
