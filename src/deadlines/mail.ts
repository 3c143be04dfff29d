import type { Sql } from '../db/database.ts';
import { tryLockName } from '../db/locks.ts';
import type { Role } from '../fhir/role.ts';
import type { UnitOfWork } from '../fhir/store/unit-of-work.ts';
import type { Message } from '../outbox/messages.ts';
import { addMessages } from '../outbox/outbox.ts';
import type { Due } from './due.ts';
import { seesLoop } from './staff.ts';

/** Has everybody here who has a role, and sees the loop, told by e-mail that a loop waits. @returns how many */
export function mailStaff(unit: UnitOfWork, due: Due, role: 'supervisor' | 'case-manager'): Promise<number> {
  return mail(unit, STAFF_MAIL_SQL[role], 'supervisor', due, unit.hubOrg);
}

/** Has every administrator here told that loops wait and nobody has the role to look at them; once a day at most. */
export async function mailAdministrators(unit: UnitOfWork, due: Due): Promise<number> {
  // Who has it tells them.
  if (!(await tryLockName(unit.tx, 'nobody-of-role'))) return 0;
  return mail(unit, ADMINISTRATORS_SQL, 'nobody-of-role', due, unit.hubOrg);
}

/**
 * Has an organization told by e-mail that a loop waits for it: its people who may answer, or, where it has none here, its
 * own mailbox (Organization.telecom).
 * @returns how many mails there will be
 */
export function mailOrganization(unit: UnitOfWork, due: Due, organizationId: string): Promise<number> {
  return mailPeopleOrBox(unit, 'reminder', due, organizationId);
}

/** Has an organization told likewise that there is a message for it. @returns how many mails there will be */
export function mailOfMessage(
  unit: UnitOfWork,
  {
    loopId,
    taskId,
    messageId,
  }: Pick<Message, 'loopId' | 'taskId'> & { readonly messageId?: string | null | undefined },
  organizationId: string,
): Promise<number> {
  const about = { loopId, taskId, messageId: messageId ?? '', step: 'answer', since: unit.now };
  return mailPeopleOrBox(unit, 'message', about, organizationId);
}

/**
 * Has the mailbox of the hub's own Organization told, where it has one, that there is a message for its people; no more of
 * that loop until somebody has read what there is.
 * @returns how many mails there will be
 */
export function mailHubOfMessage(
  unit: UnitOfWork,
  { loopId, taskId, messageId }: { readonly loopId: string; readonly taskId: string; readonly messageId: string },
): Promise<number> {
  const about = { loopId, taskId, messageId, step: 'answer', since: unit.now };
  return mail(unit, HUB_MAILBOX_SQL, 'message', about, unit.hubOrg);
}

async function mailPeopleOrBox(
  unit: UnitOfWork,
  kind: MailKind,
  about: About,
  organizationId: string,
): Promise<number> {
  const people = await mail(unit, PEOPLE_SQL, kind, about, organizationId);
  return people > 0 ? people : mail(unit, MAILBOX_SQL, kind, about, organizationId);
}

type MailKind = 'reminder' | 'supervisor' | 'message' | 'nobody-of-role';

/** What a mail is about. */
interface About {
  readonly loopId: string;
  readonly taskId: string;
  readonly messageId: string;
  readonly step: string;
  readonly since: Date;
}

async function mail(
  { tx, now }: UnitOfWork,
  sql: string,
  kind: MailKind,
  { loopId, taskId, messageId, step, since }: About,
  organizationId: string,
): Promise<number> {
  const rows = await tx.query<{ id: string }>(sql, [kind, loopId, taskId, step, since, now, organizationId, messageId]);
  await addMessages(
    tx as Sql,
    'loop-mail',
    rows.map(({ id }) => id),
    now,
  );
  return rows.length;
}

const INSERT = `INSERT INTO loop_mail (message_id, kind, loop_id, task_id, step, since, created_at`;

const SEES_LOOP = `AND ${seesLoop('(SELECT restricted FROM loop WHERE id = $2)')}`;
const STAFF_MAIL_SQL = {
  supervisor: peopleSql('supervisor', SEES_LOOP),
  'case-manager': peopleSql('case-manager', SEES_LOOP),
};

const ADMINISTRATORS_SQL = peopleSql(
  'administrator',
  `AND NOT EXISTS (SELECT FROM loop_mail WHERE kind = 'nobody-of-role' AND created_at > $6::timestamptz - interval '1 day')`,
);

function peopleSql(role: Role, and: string): string {
  return `${INSERT}, person_id)
  SELECT $8, $1, $2, $3, $4, $5, $6, id FROM person
  WHERE active AND '${role}' = ANY (roles) AND organization_id = $7 ${and} RETURNING id`;
}

/** Those whose role it is to answer for their organization, and who see it. */
const PEOPLE_SQL = `${INSERT}, person_id)
  SELECT $8, $1, $2, $3, $4, $5, $6, id FROM person
  WHERE active AND roles && '{agency-worker,hospital-viewer,case-manager}' AND organization_id = $7 ${SEES_LOOP} RETURNING id`;

const TO_MAILBOX = `${INSERT}, organization_id)
  SELECT $8, $1, $2, $3, $4, $5, $6, id FROM resource
  WHERE type = 'Organization' AND id = $7 AND NOT deleted
    AND content::jsonb @? '$.telecom[*] ? (@.system == "email" && @.value like_regex ".+@.+")'`;

const MAILBOX_SQL = `${TO_MAILBOX} RETURNING id`;

const HUB_MAILBOX_SQL = `${TO_MAILBOX}
  AND NOT EXISTS (SELECT FROM message WHERE to_org = $7 AND loop_id = $2 AND id <> $8 AND read_at IS NULL AND NOT withdrawn)
  RETURNING id`;
