import { type RowBuffer, RowsRefused } from './row-writer.ts';

/** Runs SQL with positional parameters and returns the rows. JSON parameters are passed as JSON text. */
export interface Sql {
  query<Row = Record<string, unknown>>(text: string, values?: readonly unknown[], how?: How): Promise<Row[]>;
}

/** What the database may know of a statement. */
export interface How {
  /** It touches few rows, by their keys: it may share a connection with others that do. */
  readonly brief?: boolean;
  /** It is sent now, not with the others of this turn. */
  readonly now?: boolean;
}

/** The inside of a transaction. */
export interface Transaction extends Sql {
  /**
   * Writes rows, and commits with them: one round trip. Nothing may come after it. Nothing is done when there are none.
   * @throws RowsRefused when they may not be written; then nothing of the transaction was
   */
  commitWith(rows: RowBuffer): Promise<void>;
}

/** A store that speaks PostgreSQL: a server by address, or the embedded one. Both run the same SQL. */
export interface Database extends Sql {
  readonly kind: 'embedded' | 'server';
  /** Runs `work` in one transaction: commits when it resolves, rolls back when it throws. */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /**
   * Calls `onNotify` for each NOTIFY on `channel`, until the returned function is called.
   * @param onHearing called when announcements are heard from now on, and when they are not heard any more
   */
  listen(
    channel: string,
    onNotify: (payload: string) => void,
    onHearing?: (isHeard: boolean) => void,
  ): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** The first statement of a transaction whose others may take as long as they need: STATEMENT_TIMEOUT_MS is for requests. */
export const NO_TIME_LIMIT = 'SET LOCAL statement_timeout = 0';

const RETRIABLE = new Set(['40001', '40P01']);

/** Whether the database undid a transaction only because of others running beside it (serialization, deadlock). */
export function isRetriable(thrown: unknown): boolean {
  return RETRIABLE.has(sqlState(thrown) ?? '');
}

/** Whether a statement failed on a unique constraint. */
export function isUniqueViolation(thrown: unknown): boolean {
  return sqlState(thrown) === '23505';
}

// Data exceptions, constraints, transactions undone because of others, what took too long; CL001 is ours (`refuse_write`).
const REFUSALS = /^(22|23|40|57014|CL)/;

/** Whether the server refused a statement for what it would write: nothing of it was written, and the connection lives. */
export function isRefusal(thrown: unknown): boolean {
  return REFUSALS.test(sqlState(thrown instanceof RowsRefused ? thrown.cause : thrown) ?? '');
}

/** Whether the database ended a statement because it took longer than it may. */
export function isTooLong(thrown: unknown): boolean {
  return sqlState(thrown) === '57014';
}

/** @see https://www.postgresql.org/docs/15/errcodes-appendix.html */
function sqlState(thrown: unknown): string | undefined {
  const code = thrown instanceof Error ? (thrown as { code?: unknown }).code : undefined;
  return typeof code === 'string' ? code : undefined;
}
