import type { Database, Sql } from '../../../db/database.ts';

/** Somebody was refused who has not shown who they are, or not well enough. */
export interface Refused {
  /** What was wanted: a token, a session, or anything else. */
  readonly interaction: 'token' | 'sign-in' | 'operation';
  /** Why: an error code, never a word of who asked. */
  readonly refusal: string;
  /** The program that was named, where there is one such. */
  readonly clientId?: string | undefined;
  /** The account that was named, where there is one such. */
  readonly person?: { readonly id: string; readonly organizationId: string; readonly roles: string } | undefined;
  readonly requestId?: string | undefined;
}

/** Keeps that somebody was refused; resolves when it is committed. */
export type RefusalRecorder = (refused: Refused) => Promise<void>;

interface Row {
  readonly interaction: string;
  readonly refusal: string;
  readonly client_id: string | null;
  readonly person_id: string | null;
  readonly person_org: string | null;
  readonly person_roles: string | null;
  readonly request_id: string | null;
  times: number;
}

// In one order, so that processes that count the same do not wait for each other. The first of a minute is told at once.
const COUNT = `
  WITH counted AS (
    INSERT INTO refusal (minute, interaction, refusal, client_id, organization_id, person_id, person_roles, times, told, request_id)
    SELECT date_trunc('minute', $1::timestamptz), interaction, refusal, client_id, coalesce(person_org, organization_id),
      person_id, person_roles, times, times, request_id
    FROM json_to_recordset($2::json) AS r(interaction text, refusal text, client_id text, person_id text, person_org text,
      person_roles text, request_id text, times int)
    LEFT JOIN client ON client.id = client_id::uuid
    ORDER BY interaction, refusal, client_id, person_id
    ON CONFLICT (minute, interaction, refusal, client_id, person_id)
      DO UPDATE SET times = refusal.times + excluded.times, request_id = excluded.request_id
    RETURNING *
  )
  INSERT INTO audit (recorded_at, action, interaction, organization_id, client_id, request_id, refusal, person_id,
    person_roles, about_person, times)
  SELECT $1, 'E', interaction, organization_id, client_id, request_id, refusal, person_id, person_roles, person_id,
    nullif(times, 1)
  FROM counted WHERE told = times`;

/**
 * Gathers those who are refused at the same time into one statement; the next is sent when the one before has been
 * committed. However many they are, a minute leaves two entries at most for each program or account and reason.
 */
export function openRefusals(db: Database, now: () => Date): RefusalRecorder {
  let gathered = new Map<string, Row>();
  let next: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const write = async (): Promise<void> => {
    await last.catch(() => undefined);
    const rows = [...gathered.values()];
    gathered = new Map();
    next = undefined;
    last = db.query(COUNT, [now(), JSON.stringify(rows)], { brief: true });
    await last;
  };
  return async (refused) => {
    const key = JSON.stringify([refused.interaction, refused.refusal, refused.clientId, refused.person?.id]);
    const known = gathered.get(key);
    if (known) known.times += 1;
    else gathered.set(key, rowOf(refused));
    next ??= write();
    await next;
  };
}

function rowOf({ interaction, refusal, clientId, person, requestId }: Refused): Row {
  return {
    interaction,
    refusal,
    client_id: clientId ?? null,
    person_id: person?.id ?? null,
    person_org: person?.organizationId ?? null,
    person_roles: person?.roles ?? null,
    request_id: requestId ?? null,
    times: 1,
  };
}

const AT_ONCE = 1_000;

const TELL = `
  WITH due AS (
    SELECT *, times - told AS more FROM refusal WHERE told < times AND minute < date_trunc('minute', $1::timestamptz)
    ORDER BY minute LIMIT ${AT_ONCE} FOR UPDATE SKIP LOCKED
  ), settled AS (
    UPDATE refusal SET told = due.times FROM due WHERE refusal.id = due.id
  )
  INSERT INTO audit (recorded_at, action, interaction, organization_id, client_id, request_id, refusal, person_id,
    person_roles, about_person, times)
  SELECT $1, 'E', interaction, organization_id, client_id, request_id, refusal, person_id, person_roles, person_id, more
  FROM due`;

/** Tells the audit, for each minute that is over, how many more were refused than it knows of. */
export async function tellRefusals(sql: Sql, now: Date): Promise<void> {
  await sql.query(TELL, [now]);
}
