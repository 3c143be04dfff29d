import { type MailDeps, type MailKind, sendMailOf } from './mail-jobs.ts';

interface Row {
  readonly email: string;
  readonly is_for_them: boolean;
  readonly seen: boolean;
}

const EMERGENCY_ACCESS: MailKind<Row> = {
  table: 'break_glass_mail',
  from: 'person p, break_glass b',
  join: 'p.id = m.person_id AND b.id = m.break_glass_id',
  columns: `p.email, p.active AND 'supervisor' = ANY (p.roles) AS is_for_them, b.seen_at IS NOT NULL AS seen`,
  mailOf: ({ email, is_for_them, seen }, address) => {
    if (!is_for_them) return { not: 'no-supervisor' };
    return seen ? { not: 'seen' } : { to: email, ...textOf(address) };
  },
};

/**
 * Tells a supervisor by e-mail that the glass was broken; nothing of whom, by whom or why. It is tried again until it is
 * taken, or a supervisor has seen it.
 */
export function tellSupervisor(deps: MailDeps, mailId: string): Promise<void> {
  return sendMailOf(deps, EMERGENCY_ACCESS, mailId);
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
