import { type MailDeps, type MailKind, sendMailOf } from './mail-jobs.ts';

interface Row {
  readonly kind: 'reminder' | 'supervisor' | 'message' | 'nobody-of-role';
  readonly loop_id: string;
  /** Of the person, where it is to one that may still sign in; else of the organization's mailbox. */
  readonly email: string | null;
  readonly is_awaited: boolean;
}

const LOOP_WAITS: MailKind<Row> = {
  table: 'loop_mail',
  from: `(SELECT id,
      coalesce((SELECT p.email FROM person p WHERE p.id = lm.person_id AND p.active),
        (SELECT t ->> 'value' FROM resource o, jsonb_array_elements(o.content::jsonb -> 'telecom') t
         WHERE o.type = 'Organization' AND o.id = lm.organization_id AND NOT o.deleted AND t ->> 'system' = 'email'
         LIMIT 1)) AS email,
      CASE WHEN lm.kind = 'message' THEN EXISTS (SELECT 1 FROM message WHERE id = lm.message_id AND read_at IS NULL AND NOT withdrawn)
        ELSE EXISTS (SELECT 1 FROM deadline d WHERE d.loop_id = lm.loop_id AND d.task_id = lm.task_id AND d.step = lm.step
          AND d.since = lm.since AND d.message_id = lm.message_id) END AS is_awaited
    FROM loop_mail lm WHERE lm.id = $1) x`,
  join: 'x.id = m.id',
  columns: 'm.kind, m.loop_id, x.email, x.is_awaited',
  mailOf: ({ kind, loop_id, email, is_awaited }, address) => {
    // What was done meanwhile needs no reminder.
    if (!is_awaited) return { not: 'not-awaited' };
    return email === null
      ? { not: 'no-mailbox' }
      : { to: email, ...aboutOf(kind, loop_id), ...textOf(kind, `${address}/${pageOf(kind, loop_id)}`) };
  },
};

/** Tells somebody by e-mail that a referral waits; nothing of whom, or what for. It is tried again until it is taken. */
export function tellOfLoop(deps: MailDeps, mailId: string): Promise<void> {
  return sendMailOf(deps, LOOP_WAITS, mailId);
}

const SUBJECTS = {
  reminder: 'A referral waits for your organization',
  supervisor: 'A referral has waited too long',
  message: 'There is a message about a referral',
  'nobody-of-role': 'Referrals wait, and nobody has the role to look at them',
};

const SENTENCES = {
  reminder:
    'A referral waits for your organization, and its time is over. Sign in to see what is awaited, or answer with your program:',
  supervisor:
    'A referral has waited longer than it may, and those it waits for were reminded. Sign in to see what can be done:',
  message:
    'There is a message for your organization about a referral. Sign in to read it, or read it with your program:',
  'nobody-of-role':
    'Referrals have waited longer than they may, and at this hub nobody who may see them is a case manager or a supervisor. Invite somebody who is, or give somebody the role (for mandated reports, protection worker, too):',
};

function aboutOf(kind: Row['kind'], loopId: string): { correlationId?: string } {
  return kind === 'nobody-of-role' ? {} : { correlationId: loopId };
}

/** Administrators see people, and no referrals. Pure. */
function pageOf(kind: Row['kind'], loopId: string): string {
  return kind === 'nobody-of-role' ? 'people' : `loops/${loopId}`;
}

/** Mails are read on the way: nothing about anybody stands in it. Pure. */
function textOf(kind: Row['kind'], page: string): { subject: string; text: string } {
  return { subject: SUBJECTS[kind], text: [SENTENCES[kind], '', page, ''].join('\n') };
}
