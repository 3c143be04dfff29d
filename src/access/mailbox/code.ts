import { randomInt, timingSafeEqual } from 'node:crypto';
import type { Database, Sql } from '../../db/database.ts';
import { lockNames } from '../../db/locks.ts';
import { AppError } from '../../errors.ts';
import { addMessages } from '../../outbox/outbox.ts';
import { bytesOf, type GoodLink } from './link.ts';

const DIGITS = 8;

/** How long a code is good, in ms. */
export const GOOD_FOR_MS = 15 * 60_000;
/** How often one may be said wrong. */
const MOST_TRIES = 5;
/** Codes may be asked for so often in an hour, by however many links to the same Task. */
const MOST_AN_HOUR = 5;
/** Between two of them lies so much time, in ms. */
const APART_MS = 30_000;
const HOUR_MS = 3_600_000;

/**
 * Has a code sent to the mailbox of a link, and nowhere else. An earlier one is good no more.
 * @throws AppError (429) when one was sent a moment ago, or too many were
 */
export async function askForCode(db: Database, { digest, taskId, organizationId }: GoodLink, now: Date): Promise<void> {
  await db.transaction(async (tx) => {
    await lockNames(tx, [`mailbox ${organizationId} ${taskId}`]);
    const [asked] = await tx.query<{ times: number; last: Date | null }>(ASKED_SQL, [
      taskId,
      organizationId,
      new Date(now.getTime() - HOUR_MS),
    ]);
    if (asked && asked.times >= MOST_AN_HOUR)
      throw tooMany('Too many codes were asked for. Wait an hour, then ask for one more.');
    if (asked?.last && now.getTime() - asked.last.getTime() < APART_MS)
      throw tooMany('A code was sent a moment ago. Look into the mailbox, or wait half a minute and ask for another.');
    const rows = await tx.query<{ id: string }>(ASK_SQL, [digest, taskId, organizationId, now]);
    await addMessages(
      tx,
      'mailbox-code',
      rows.map(({ id }) => id),
      now,
    );
  });
}

const ASKED_SQL = `SELECT count(*)::int AS times, max(created_at) AS last FROM mailbox_code
  WHERE task_id = $1 AND organization_id = $2 AND created_at > $3`;
const ASK_SQL = `INSERT INTO mailbox_code (link, task_id, organization_id, created_at) VALUES ($1, $2, $3, $4) RETURNING id`;

function tooMany(text: string): AppError {
  return new AppError('busy', 'mailbox.too-many-codes', text);
}

/** A code, as it is mailed. */
export function newCode(): string {
  return String(randomInt(10 ** DIGITS)).padStart(DIGITS, '0');
}

/** What is kept of it: it is of one mail, and opens nothing without the link. @param id of the mail */
export function digestOfCode(id: string, code: string): Buffer {
  return bytesOf(`${id} ${code}`);
}

interface Code {
  readonly id: string;
  readonly digest: Buffer | null;
}

/**
 * Whether this is the code that was sent last. Each try is counted before it is judged, so that many at once are counted too,
 * by whichever process.
 * @returns the id of the code; undefined: it is not right, or good no more
 */
export async function tryCode(sql: Sql, link: GoodLink, said: string, now: Date): Promise<string | undefined> {
  const [code] = await sql.query<Code>(TRY_SQL, [link.taskId, link.organizationId, now]);
  if (!code?.digest) return undefined;
  const isRight = timingSafeEqual(Buffer.from(code.digest), digestOfCode(code.id, said));
  return isRight ? code.id : undefined;
}

export const TRY_SQL = `
  UPDATE mailbox_code SET tries = tries + 1
  WHERE id = (SELECT id FROM mailbox_code WHERE task_id = $1 AND organization_id = $2 ORDER BY seq DESC LIMIT 1)
    AND digest IS NOT NULL AND expires_at > $3 AND used_at IS NULL AND tries < ${MOST_TRIES}
  RETURNING id, digest`;

/** Uses a code up. @returns whether nobody was faster */
export async function spendCode(sql: Sql, id: string, now: Date): Promise<boolean> {
  const rows = await sql.query('UPDATE mailbox_code SET used_at = $2 WHERE id = $1 AND used_at IS NULL RETURNING id', [
    id,
    now,
  ]);
  return rows.length > 0;
}
