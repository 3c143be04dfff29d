import type { Sql } from '../../db/database.ts';
import { AppError } from '../../errors.ts';
import { recordIn } from '../../fhir/audit/record/new-entry.ts';
import type { Caller } from '../../fhir/caller.ts';
import { addMessages } from '../../outbox/outbox.ts';
import type { PeopleDeps } from '../people/deps.ts';
import { UUID } from '../people/person.ts';

/** Why and for how long somebody wants to see what is not for their role. */
export interface BreakingGlass {
  readonly reason: string;
  readonly minutes: number;
}

/** One time that the glass was broken. */
export interface BrokenGlass {
  readonly id: string;
  readonly person: { readonly id: string; readonly name: string };
  readonly reason: string;
  readonly startedAt: string;
  /** When it ended, or is to end. */
  readonly until: string;
  readonly active: boolean;
  readonly seenAt: string | null;
}

/** Lets somebody read everything for a time. It is recorded, and supervisors are told. */
export async function breakGlass(
  deps: PeopleDeps,
  caller: Caller & { readonly personId: string },
  { reason, minutes }: BreakingGlass,
): Promise<{ id: string; until: string }> {
  return deps.db.transaction(async (tx) => {
    const [now, id] = [deps.now(), deps.newId()];
    const until = new Date(now.getTime() + minutes * 60_000);
    await tx.query('INSERT INTO break_glass (id, person_id, reason, started_at, ends_at) VALUES ($1, $2, $3, $4, $5)', [
      id,
      caller.personId,
      reason,
      now,
      until,
    ]);
    await recordIn(tx, caller, now, [
      {
        action: 'E',
        interaction: 'break-glass',
        about_person: caller.personId,
        purpose: BREAK_THE_GLASS,
        break_glass: id,
      },
    ]);
    if (deps.mails) await mailSupervisors(tx, id, caller.personId, now);
    return { id, until: until.toISOString() };
  });
}

/** Has every supervisor told by e-mail, beside what their pages say; nobody looks after themselves. */
async function mailSupervisors(tx: Sql, id: string, personId: string, now: Date): Promise<void> {
  const mails = await tx.query<{ id: string }>(
    `INSERT INTO break_glass_mail (break_glass_id, person_id, created_at)
     SELECT $1, id, $3 FROM person WHERE active AND 'supervisor' = ANY (roles) AND id <> $2 RETURNING id`,
    [id, personId, now],
  );
  await addMessages(
    tx,
    'mail',
    mails.map((mail) => mail.id),
    now,
  );
}

/** @see https://terminology.hl7.org/CodeSystem-v3-ActReason.html */
const BREAK_THE_GLASS = 'BTG';

/**
 * Ends it before its time.
 * @throws AppError (404) when there is none such that goes on and the caller may end: one's own, or anybody's for a supervisor
 */
export async function endBreakGlass(
  deps: PeopleDeps,
  caller: Caller & { readonly personId: string },
  id: string,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const now = deps.now();
    const mayEndAll = caller.roles?.includes('supervisor') ?? false;
    const rows = UUID.test(id)
      ? await tx.query<{ person_id: string }>(
          `UPDATE break_glass SET ended_at = $2 WHERE id = $1 AND ended_at IS NULL AND ends_at > $2
             AND ($3 OR person_id = $4) RETURNING person_id`,
          [id, now, mayEndAll, caller.personId],
        )
      : [];
    if (!rows[0]) throw notThere();
    await recordIn(tx, caller, now, [
      {
        action: 'E',
        interaction: 'break-glass-end',
        about_person: rows[0].person_id,
        purpose: BREAK_THE_GLASS,
        break_glass: id,
      },
    ]);
  });
}

/**
 * A supervisor has seen it; nobody looks after themselves. Who said so first, and when, is kept and in the audit.
 * @throws AppError (404) when there is none such of another person
 */
export async function seeBreakGlass(
  deps: PeopleDeps,
  caller: Caller & { readonly personId: string },
  id: string,
): Promise<void> {
  await deps.db.transaction(async (tx) => {
    const now = deps.now();
    const [found] = UUID.test(id) ? await tx.query<Seeing>(OF_ANOTHER, [id, caller.personId]) : [];
    if (!found) throw notThere();
    if (found.seen_at) return;
    await tx.query('UPDATE break_glass SET seen_at = $2, seen_by = $3 WHERE id = $1', [id, now, caller.personId]);
    await recordIn(tx, caller, now, [
      { action: 'E', interaction: 'break-glass-seen', about_person: found.person_id, break_glass: id },
    ]);
  });
}

interface Seeing {
  readonly person_id: string;
  readonly seen_at: Date | null;
}

const OF_ANOTHER = 'SELECT person_id, seen_at FROM break_glass WHERE id = $1 AND person_id <> $2 FOR UPDATE';

/** How often the glass was broken that no supervisor has seen yet. */
export async function countUnseen(sql: Sql): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    'SELECT count(*)::int AS count FROM break_glass WHERE seen_at IS NULL',
  );
  return row?.count ?? 0;
}

const MOST_LISTED = 200;

/** The latest times the glass was broken, the last first. */
export async function listBreakGlass(sql: Sql, now: Date): Promise<BrokenGlass[]> {
  const rows = await sql.query<{
    id: string;
    person_id: string;
    name: string;
    reason: string;
    started_at: Date;
    ends_at: Date;
    ended_at: Date | null;
    seen_at: Date | null;
  }>(
    `SELECT b.*, p.name FROM break_glass b JOIN person p ON p.id = b.person_id ORDER BY started_at DESC, b.id LIMIT $1`,
    [MOST_LISTED],
  );
  return rows.map(({ id, person_id, name, reason, started_at, ends_at, ended_at, seen_at }) => ({
    id,
    person: { id: person_id, name },
    reason,
    startedAt: started_at.toISOString(),
    until: (ended_at ?? ends_at).toISOString(),
    active: ended_at === null && ends_at > now,
    seenAt: seen_at?.toISOString() ?? null,
  }));
}

function notThere(): AppError {
  const text = 'There is no such break-glass that you may end or see, or no more.';
  return new AppError('notFound', 'people.no-such-break-glass', text);
}
