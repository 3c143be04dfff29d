import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { type Caller, visibleTo } from '../../fhir/caller.ts';
import { digestOf, newToken } from '../clients.ts';
import { mailboxOf } from './mailbox.ts';

/** What a link opens: one Task of one organization. */
export interface Opens {
  readonly taskId: string;
  readonly loopId: string;
  readonly organizationId: string;
  /** The mailbox it was sent to, and its codes are. */
  readonly address: string;
}

/** A link that is good now. */
export interface GoodLink extends Opens {
  readonly digest: Buffer;
}

/** Makes a link; it is told once, in the mail. */
export async function makeLink(
  sql: Sql,
  { taskId, loopId, organizationId, address }: Opens,
  now: Date,
): Promise<string> {
  const token = newToken();
  await sql.query(
    'INSERT INTO mailbox_link (digest, task_id, loop_id, organization_id, address, created_at) VALUES ($1, $2, $3, $4, $5, $6)',
    [bytesOf(token), taskId, loopId, organizationId, address, now],
  );
  return token;
}

/** Its address. The token stands behind `#`: browsers send that to nobody, and what scans mails finds a page that asks. */
export function mailboxLink(pages: string, token: string): string {
  return `${pages}/answer#${token}`;
}

/**
 * What a link opens.
 * @throws AppError (403) when it is unknown, or good no more: nobody is told which
 */
export async function linkOf(sql: Sql, token: string, now: Date): Promise<GoodLink> {
  const link = await knownLink(sql, bytesOf(token), now);
  if (link) return link;
  const text =
    'This link is not good, or no more: what it opened may have been withdrawn, or ended some days ago. There is nothing left to do with it.';
  throw new AppError('forbidden', 'mailbox.link', text);
}

/** A link as its digest is kept, where it is good now. What is unknown is looked for as long as what was withdrawn. */
export async function knownLink(sql: Sql, digest: Buffer, now: Date): Promise<GoodLink | undefined> {
  const [row] = await sql.query<Opens>(LINK_SQL, [digest]);
  const link = row ?? NOBODYS;
  const [box, isOpen] = [await mailboxOf(sql, link.organizationId), await opens(sql, link, now)];
  return row && isOpen && box?.address.toLowerCase() === row.address.toLowerCase() ? { ...row, digest } : undefined;
}

const NOBODYS: Opens = { taskId: 'none', loopId: 'none', organizationId: 'none', address: '' };

export const LINK_SQL = `SELECT task_id AS "taskId", loop_id AS "loopId", organization_id AS "organizationId", address
  FROM mailbox_link WHERE digest = $1`;

/** Days after its end by its owner until which a Task can be looked at by its link. */
const AFTER_THE_END_DAYS = 7;

/**
 * Whether what a link was sent for may be opened: its organization may read the Task, which goes on, or which it has ended
 * itself some days ago at most. What was withdrawn is opened by nobody.
 */
export async function opens(sql: Sql, link: Omit<Opens, 'address'>, now: Date): Promise<boolean> {
  const since = new Date(now.getTime() - AFTER_THE_END_DAYS * 86_400_000);
  const seen = visibleTo(visitorAt(link), 'task');
  const rows = await sql.query(openSql(seen), [link.taskId, since, link.loopId, link.organizationId]);
  return rows.length > 0;
}

export const openSql = (seen: string): string => `
  SELECT 1 FROM resource task WHERE type = 'Task' AND id = $1 AND NOT deleted AND ${seen}
    AND (content ->> 'status' IN ('requested', 'accepted', 'in-progress', 'on-hold')
      OR content ->> 'status' IN ('completed', 'failed', 'rejected', 'cancelled')
        AND EXISTS (SELECT FROM transition WHERE loop_id = $3 AND task_id = $1 AND to_status = task.content ->> 'status' AND recorded_at > $2
          AND actor_org = $4))`;

/** Who comes by a link, as every query and every write carries it: for one organization, and one Task of it. Pure. */
export function visitorAt({ organizationId, taskId, loopId }: Omit<Opens, 'address'>): Caller {
  return { kind: 'client', organizationId, roles: ['mailbox'], scopes: [], view: { kind: 'one-task', taskId, loopId } };
}

export function bytesOf(token: string): Buffer {
  return Buffer.from(digestOf(token), 'base64');
}
