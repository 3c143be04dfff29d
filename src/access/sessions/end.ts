import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import { UUID } from '../people/person.ts';
import { TRIES_FORGOTTEN_MS } from '../sign-in/tries.ts';

/** A session as its owner sees it in the list of where it is signed in. */
export interface ListedSession {
  readonly id: string;
  readonly createdAt: string;
  readonly usedAt: string;
  /** A browser and a system. */
  readonly userAgent: string;
  readonly current: boolean;
}

interface Listed {
  readonly id: string;
  readonly user_agent: string;
  readonly created_at: Date;
  readonly used_at: Date;
}

/** Where a person is signed in, the latest first. */
export async function listSessions(
  sql: Sql,
  personId: string,
  currentId: string,
  { now, idleMs }: { readonly now: Date; readonly idleMs: number },
): Promise<ListedSession[]> {
  const rows = await sql.query<Listed>(
    `SELECT id, user_agent, created_at, used_at FROM session
     WHERE person_id = $1 AND ended_at IS NULL AND ends_at > $2 AND used_at > $3 ORDER BY used_at DESC, id`,
    [personId, now, new Date(now.getTime() - idleMs)],
  );
  return rows.map(({ id, user_agent, created_at, used_at }) => ({
    id,
    createdAt: created_at.toISOString(),
    usedAt: used_at.toISOString(),
    userAgent: user_agent,
    current: id === currentId,
  }));
}

/** Which sessions of a person end: one, all but one, all, or those that were opened by an identity provider until then. */
export type Ending = { readonly only: string } | { readonly allBut: string } | 'all' | OpenedBy;

interface OpenedBy {
  /** `oidc:<provider>` */
  readonly openedBy: string;
  /** By that session there alone. */
  readonly sid: string | undefined;
  readonly until: Date;
}

/**
 * Ends sessions of a person at once, in every process, and records it where there were any.
 * @returns how many
 */
export async function endSessions(
  tx: Sql,
  caller: Caller,
  personId: string,
  ending: Ending,
  now: Date,
): Promise<number> {
  const [where, values] = whichOf(ending);
  const ended = await tx.query(
    `UPDATE session SET ended_at = $2 WHERE person_id = $1 AND ended_at IS NULL ${where} RETURNING id`,
    [personId, now, ...values],
  );
  const said = { action: 'E', interaction: 'sign-out', about_person: personId } as const;
  if (ended.length > 0) await recordIn(tx, caller, now, [said]);
  return ended.length;
}

function whichOf(ending: Ending): [where: string, values: unknown[]] {
  if (ending === 'all') return ['', []];
  if ('openedBy' in ending) {
    const where = 'AND how = $3 AND created_at <= $4 AND ($5::text IS NULL OR provider_sid = $5)';
    return [where, [ending.openedBy, ending.until, ending.sid ?? null]];
  }
  return 'only' in ending ? ['AND id = $3', [ending.only]] : ['AND id <> $3', [ending.allBut]];
}

/** @throws AppError (404) when the person has no such session, or no more */
export async function endOne(tx: Sql, caller: Caller, personId: string, id: string, now: Date): Promise<void> {
  if (UUID.test(id) && (await endSessions(tx, caller, personId, { only: id }, now)) > 0) return;
  throw new AppError('notFound', 'people.no-such-session', 'You have no such session, or it has ended.');
}

const DAY_MS = 86_400_000;

/** Removes what cannot be used any more: sessions that ended, invitations that ran out, tries of long ago. */
export async function tidySignIn(sql: Sql, now: Date, idleMs: number): Promise<void> {
  const yesterday = new Date(now.getTime() - DAY_MS);
  await sql.query('DELETE FROM session WHERE ends_at < $1 OR ended_at < $1 OR used_at < $2', [
    yesterday,
    new Date(yesterday.getTime() - idleMs),
  ]);
  await sql.query('DELETE FROM invitation WHERE expires_at < $1', [yesterday]);
  await sql.query('DELETE FROM confirmation_link WHERE expires_at < $1', [yesterday]);
  await sql.query('DELETE FROM sign_in_tries WHERE last_at < $1 AND waits_until < $2', [
    new Date(now.getTime() - TRIES_FORGOTTEN_MS),
    now,
  ]);
}
