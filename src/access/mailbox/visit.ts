import { randomUUID } from 'node:crypto';
import type { Database, Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import { newToken } from '../clients.ts';
import { csrfTokenOf } from '../sessions/csrf.ts';
import { spendCode, tryCode } from './code.ts';
import { bytesOf, type GoodLink, knownLink, linkOf, visitorAt } from './link.ts';

/** Somebody who came by a link and a code, and may see and do what concerns one Task. */
export interface Visit {
  readonly id: string;
  /** As they said it. */
  readonly name: string;
  readonly taskId: string;
  readonly loopId: string;
  readonly endsAt: Date;
  readonly csrfToken: string;
  readonly caller: Caller;
}

export interface VisitDeps {
  readonly db: Database;
  readonly now: () => Date;
  /** Whether agencies may answer by their mailbox here. */
  readonly mailboxAnswers: boolean;
}

/** What somebody says to come in. */
export interface Said {
  readonly link: string;
  readonly code: string;
  readonly name: string;
}

/** After so long without a request, and after so long in any case, a visit ends, in ms. */
const IDLE_MS = 20 * 60_000;
const LONGEST_MS = 2 * 3_600_000;

/**
 * Opens a visit for who has the link and the code that was sent to its mailbox. It is a new one in any case: what a browser
 * presented before says nothing.
 * @returns the value of its cookie: told to the browser, and kept nowhere
 * @throws AppError (403) when one of the two is not right, or good no more
 */
export async function openVisit(deps: VisitDeps, said: Said, requestId: string | undefined): Promise<string> {
  const now = deps.now();
  const link = await linkOf(deps.db, said.link, now);
  // By itself, so that what was refused stays counted.
  const codeId = await tryCode(deps.db, link, said.code, now);
  const entering = { codeId: codeId ?? '', name: said.name, link, requestId };
  const cookie = codeId === undefined ? undefined : await deps.db.transaction((tx) => enter(tx, entering, now));
  if (cookie !== undefined) return cookie;
  const text =
    'The code is not right, or no more: each is good once, for 15 minutes and five tries. Look for the last mail, or ask for another code.';
  throw new AppError('forbidden', 'mailbox.code', text, { issues: [{ text, expression: 'code' }] });
}

interface Entering {
  readonly codeId: string;
  readonly name: string;
  readonly link: GoodLink;
  readonly requestId: string | undefined;
}

/** Uses the code up and begins the visit, which the audit has. @returns its cookie; undefined: somebody was faster */
async function enter(tx: Sql, { codeId, name, link, requestId }: Entering, now: Date): Promise<string | undefined> {
  if (!(await spendCode(tx, codeId, now))) return undefined;
  const [id, cookie, endsAt] = [randomUUID(), newToken(), new Date(now.getTime() + LONGEST_MS)];
  const { organizationId, taskId, loopId, digest } = link;
  await tx.query(OPEN_SQL, [id, name, organizationId, taskId, loopId, digest, bytesOf(cookie), now, endsAt]);
  const caller = { ...visitorAt(link), personId: id, ...(requestId === undefined ? {} : { requestId }) };
  await recordIn(tx, caller, now, [{ action: 'E', interaction: 'sign-in', about_person: id }]);
  return cookie;
}

const OPEN_SQL = `INSERT INTO mailbox_visit (id, name, organization_id, task_id, loop_id, link, digest, created_at, used_at, ends_at)
  VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9)`;

interface Row {
  readonly id: string;
  readonly name: string;
  readonly link: Uint8Array;
  readonly ends_at: Date;
}

export const READ_VISIT_SQL = `SELECT id, name, link, ends_at FROM mailbox_visit
  WHERE digest = $1 AND ended_at IS NULL AND ends_at > $2 AND used_at > $3`;

/**
 * The visit a cookie stands for; undefined when it is none, has ended, or its link is good no more: what is withdrawn while
 * somebody looks at it is closed with the next request.
 */
export async function readVisit(
  { db, mailboxAnswers }: Pick<VisitDeps, 'db' | 'mailboxAnswers'>,
  cookie: string,
  now: Date,
): Promise<Visit | undefined> {
  if (!mailboxAnswers) return undefined;
  const [row] = await db.query<Row>(READ_VISIT_SQL, [bytesOf(cookie), now, new Date(now.getTime() - IDLE_MS)]);
  const link = row && (await knownLink(db, Buffer.from(row.link), now));
  if (!row || !link) return undefined;
  const { id, name, ends_at: endsAt } = row;
  const { taskId, loopId } = link;
  return {
    id,
    name,
    taskId,
    loopId,
    endsAt,
    csrfToken: csrfTokenOf(cookie),
    caller: { ...visitorAt(link), personId: id },
  };
}

/** Keeps that a visit goes on, to the minute. */
export async function keepVisit(sql: Sql, { id }: Visit, now: Date): Promise<void> {
  await sql.query('UPDATE mailbox_visit SET used_at = $2 WHERE id = $1 AND used_at <= $3', [
    id,
    now,
    new Date(now.getTime() - 60_000),
  ]);
}

/** Somebody goes, and records that. */
export async function endVisit(
  { db, now }: Pick<VisitDeps, 'db' | 'now'>,
  { id }: Visit,
  caller: Caller,
): Promise<void> {
  await db.transaction(async (tx) => {
    await tx.query('UPDATE mailbox_visit SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL', [id, now()]);
    await recordIn(tx, caller, now(), [{ action: 'E', interaction: 'sign-out', about_person: id }]);
  });
}
