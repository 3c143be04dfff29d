import type { RowWriter } from './row-writer.ts';

interface Announcement {
  channel: string;
  payload: string;
}

/**
 * Announces on a channel (NOTIFY) when the transaction commits; the same announcement twice in it is made once.
 * @see https://www.postgresql.org/docs/15/sql-notify.html
 */
export const announcements: RowWriter<Announcement> = {
  name: 'announcement',
  columns: { channel: 'text', payload: 'text' },
  // Nothing is done by a part of a statement that only reads, unless somebody asks what it found.
  mustAffectEach: true,
  statement: (rows) => `SELECT pg_notify(channel, payload) FROM ${rows}`,
};
