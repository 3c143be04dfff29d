import type { SendOutcome } from '../../channels/channel.ts';
import { sendMail } from '../../channels/email.ts';
import type { Database } from '../../db/database.ts';
import { finish, postpone } from '../../outbox/outbox.ts';
import type { DeliverDeps } from '../deliver-deps.ts';

export type TellDeps = Pick<DeliverDeps, 'mail' | 'timeoutMs' | 'schedule'> & {
  readonly db: Database;
  readonly now: () => Date;
  /** The address people reach this hub at. */
  readonly address: string;
};

interface MailRow {
  readonly attempts: number;
  readonly email: string;
  readonly is_for_them: boolean;
  readonly seen: boolean;
}

/** How long a worker may be at it, beyond the time a mail server is given. */
const ROOM_MS = 5_000;

const TAKE = `
  UPDATE break_glass_mail m SET attempts = attempts + 1, taken_at = $2
  FROM person p, break_glass b
  WHERE m.id = $1 AND p.id = m.person_id AND b.id = m.break_glass_id AND m.settled_at IS NULL
    AND (m.taken_at IS NULL OR m.taken_at < $3)
  RETURNING m.attempts, p.email, p.active AND 'supervisor' = ANY (p.roles) AS is_for_them, b.seen_at IS NOT NULL AS seen`;

/**
 * Tells a supervisor by e-mail that the glass was broken; nothing of whom, by whom or why. It is tried again by the
 * schedule of deliveries, until it is taken, or a supervisor has seen it.
 */
export async function tellSupervisor(deps: TellDeps, mailId: string): Promise<void> {
  const { db, now, timeoutMs } = deps;
  const before = new Date(now().getTime() - timeoutMs - ROOM_MS);
  const [row] = await db.query<MailRow>(TAKE, [mailId, now(), before]);
  if (row) return settle(deps, mailId, row.attempts, await say(deps, mailId, row));
  const settled = await db.query('SELECT 1 FROM break_glass_mail WHERE id = $1 AND settled_at IS NOT NULL', [mailId]);
  // Whoever is at it finishes it.
  if (settled.length > 0) await finish(db, mailId);
}

async function say(deps: TellDeps, mailId: string, row: MailRow): Promise<SendOutcome> {
  if (!row.is_for_them) return { kind: 'delivered', code: 'no-supervisor' };
  if (row.seen) return { kind: 'delivered', code: 'seen' };
  if (!deps.mail) return { kind: 'rejected', code: 'no-mail-here' };
  const { timeoutMs, mail, now } = deps;
  const context = { mail, timeoutMs, signal: AbortSignal.timeout(timeoutMs), now: now() };
  return sendMail({ to: row.email, messageId: mailId, ...textOf(deps.address) }, context);
}

/** Mails are read on the way: nothing about anybody stands in it. Pure. */
function textOf(address: string): { subject: string; text: string } {
  const text = [
    `Somebody at the hub ${address} is reading, for a limited time, what is not for their role. They have said why.`,
    'As a supervisor you are asked to look at it, and to say that you have seen it:',
    '',
    `${address}/emergency`,
    '',
  ];
  return { subject: 'Emergency access was used', text: text.join('\n') };
}

async function settle(deps: TellDeps, mailId: string, attempts: number, { kind, code }: SendOutcome): Promise<void> {
  const { db, now, schedule } = deps;
  const wait = kind === 'retry' || kind === 'unknown' ? schedule[attempts - 1] : undefined;
  await db.transaction(async (tx) => {
    await tx.query('UPDATE break_glass_mail SET taken_at = NULL, outcome = $2, settled_at = $3 WHERE id = $1', [
      mailId,
      code,
      wait === undefined ? now() : null,
    ]);
    if (wait === undefined) await finish(tx, mailId);
    else await postpone(tx, mailId, new Date(now().getTime() + wait));
  });
}
