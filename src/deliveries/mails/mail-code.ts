import { digestOfCode, GOOD_FOR_MS, newCode } from '../../access/mailbox/code.ts';
import { knownLink } from '../../access/mailbox/link.ts';
import { type MailDeps, type MailKind, sendMailOf } from './mail-jobs.ts';

interface Row {
  readonly address: string;
  /** Whether another was asked for since. */
  readonly is_last: boolean;
  readonly created_at: Date;
}

/**
 * Sends a code to the mailbox of the link it was asked for with. The code is made here, and stands in the mail alone: each
 * try to send it makes another one. What was withdrawn meanwhile gets none.
 */
export async function mailCode(deps: MailDeps, id: string): Promise<void> {
  const now = deps.now();
  const [asked] = await deps.db.query<{ link: Uint8Array }>('SELECT link FROM mailbox_code WHERE id = $1', [id]);
  const isGood = asked !== undefined && (await knownLink(deps.db, Buffer.from(asked.link), now)) !== undefined;
  await sendMailOf(deps, codeMail(id, isGood, now), id);
}

function codeMail(id: string, isGood: boolean, now: Date): MailKind<Row> {
  const code = newCode();
  return {
    table: 'mailbox_code',
    from: `(SELECT c.id, l.address, NOT EXISTS (SELECT FROM mailbox_code later WHERE later.task_id = c.task_id
        AND later.organization_id = c.organization_id AND later.seq > c.seq) AS is_last
      FROM mailbox_code c JOIN mailbox_link l ON l.digest = c.link WHERE c.id = $1) x`,
    join: 'x.id = m.id',
    columns: 'x.address, x.is_last, m.created_at',
    sets: {
      sql: 'digest = $4, expires_at = $5',
      values: [digestOfCode(id, code), new Date(now.getTime() + GOOD_FOR_MS)],
    },
    mailOf: ({ address, is_last, created_at }) => {
      if (!isGood) return { not: 'link-not-good' };
      if (!is_last) return { not: 'asked-again' };
      if (now.getTime() - created_at.getTime() > GOOD_FOR_MS) return { not: 'too-late' };
      return { to: address, ...textOf(code) };
    },
  };
}

/** Mails are read on the way: without the link, which stands in another mail, a code opens nothing. Pure. */
function textOf(code: string): { subject: string; text: string } {
  const text = [
    'Enter this code on the page that asked for it. It is good once, for 15 minutes:',
    '',
    `    ${code}`,
    '',
    'If nobody of your organization has asked for it, leave this mail: without the link it opens nothing. Give the code to nobody.',
    '',
  ];
  return { subject: 'Your code to open a referral', text: text.join('\n') };
}
