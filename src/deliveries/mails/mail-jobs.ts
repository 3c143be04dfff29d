import type { SendOutcome } from '../../channels/channel.ts';
import { type Mail, sendMail } from '../../channels/email.ts';
import type { Database } from '../../db/database.ts';
import { finish, postpone } from '../../outbox/outbox.ts';
import type { DeliverDeps } from '../deliver-deps.ts';

export type MailDeps = Pick<DeliverDeps, 'mail' | 'timeoutMs' | 'schedule'> & {
  readonly db: Database;
  readonly now: () => Date;
  /** The address people reach this hub at. */
  readonly address: string;
};

/** Mails of one kind, each a row of a table with id, attempts, taken_at, settled_at and outcome. */
export interface MailKind<Row> {
  readonly table: string;
  /** Of `m`, the mail: what else stands in FROM, the columns that are read, and how they are joined. */
  readonly from: string;
  readonly columns: string;
  readonly join: string;
  /** What is to be said to whom; or why nothing is. */
  /** What else is written as it is taken; its values from $4. */
  readonly sets?: { readonly sql: string; readonly values: readonly unknown[] };
  readonly mailOf: (row: Row, address: string) => Omit<Mail, 'messageId'> | { readonly not: string };
}

/** How long a worker may be at it, beyond the time a mail server is given. */
const ROOM_MS = 5_000;

/** Sends one mail, again by the schedule of deliveries until it is taken. Several workers may be called for the same. */
export async function sendMailOf<Row extends object>(deps: MailDeps, kind: MailKind<Row>, id: string): Promise<void> {
  const { db, now, timeoutMs } = deps;
  const { table, from, columns, join, sets } = kind;
  const before = new Date(now().getTime() - timeoutMs - ROOM_MS);
  const [row] = await db.query<Row & { attempts: number }>(
    `UPDATE ${table} m SET attempts = attempts + 1, taken_at = $2${sets ? `, ${sets.sql}` : ''} FROM ${from}
     WHERE m.id = $1 AND ${join} AND m.settled_at IS NULL AND (m.taken_at IS NULL OR m.taken_at < $3)
     RETURNING m.attempts, ${columns}`,
    [id, now(), before, ...(sets?.values ?? [])],
  );
  if (row) return settle(deps, table, { id, attempts: row.attempts }, await say(deps, kind, id, row));
  const settled = await db.query(`SELECT 1 FROM ${table} WHERE id = $1 AND settled_at IS NOT NULL`, [id]);
  // Whoever is at it finishes it.
  if (settled.length > 0) await finish(db, id);
}

async function say<Row>(deps: MailDeps, kind: MailKind<Row>, id: string, row: Row): Promise<SendOutcome> {
  const said = kind.mailOf(row, deps.address);
  if ('not' in said) return { kind: 'delivered', code: said.not };
  const { timeoutMs, mail, now } = deps;
  if (!mail) return { kind: 'rejected', code: 'no-mail-here' };
  return sendMail({ ...said, messageId: id }, { mail, timeoutMs, signal: AbortSignal.timeout(timeoutMs), now: now() });
}

async function settle(
  { db, now, schedule }: MailDeps,
  table: string,
  { id, attempts }: { readonly id: string; readonly attempts: number },
  { kind, code }: SendOutcome,
): Promise<void> {
  const wait = kind === 'retry' || kind === 'unknown' ? schedule[attempts - 1] : undefined;
  await db.transaction(async (tx) => {
    await tx.query(`UPDATE ${table} SET taken_at = NULL, outcome = $2, settled_at = $3 WHERE id = $1`, [
      id,
      code,
      wait === undefined ? now() : null,
    ]);
    if (wait === undefined) await finish(tx, id);
    else await postpone(tx, id, new Date(now().getTime() + wait));
  });
}
