import type { Sql } from '../db/database.ts';
import type { Caller } from '../fhir/caller.ts';
import type { Calendar } from './calendar.ts';

/** An organization's calendar as it stands. */
export interface CalendarRecord {
  readonly calendar: Calendar | null;
  readonly setAt: Date;
  readonly setBy: { readonly organizationId: string; readonly clientId?: string };
}

interface CalendarRow {
  readonly content: Calendar | null;
  readonly set_at: Date;
  readonly set_by_org: string;
  readonly set_by_client: string | null;
}

/** @returns undefined when it never had one */
export async function readCalendar(sql: Sql, organizationId: string): Promise<CalendarRecord | undefined> {
  const [row] = await sql.query<CalendarRow>('SELECT * FROM calendar WHERE organization_id = $1', [organizationId]);
  if (!row) return undefined;
  const by = { organizationId: row.set_by_org, ...(row.set_by_client === null ? {} : { clientId: row.set_by_client }) };
  return { calendar: row.content, setAt: row.set_at, setBy: by };
}

/**
 * Keeps a calendar, in the place of the one before, unless it is the same. @param calendar null: none any more
 * @returns whether it is another than before
 */
export async function keepCalendar(
  sql: Sql,
  organizationId: string,
  calendar: Calendar | null,
  { caller, at }: { readonly caller: Caller; readonly at: Date },
): Promise<boolean> {
  // Versions are committed in their order: a loop that was projected by a later one knows all earlier.
  await sql.query('LOCK TABLE calendar IN EXCLUSIVE MODE');
  const kept = await sql.query(KEEP_SQL, [
    organizationId,
    calendar === null ? null : JSON.stringify(calendar),
    at,
    caller.organizationId,
    caller.clientId ?? null,
  ]);
  return kept.length > 0;
}

const KEEP_SQL = `
  INSERT INTO calendar (organization_id, content, version, set_at, set_by_org, set_by_client)
  SELECT $1, $2::jsonb, nextval('calendar_version'), $3, $4, $5 WHERE $2::jsonb IS NOT NULL OR EXISTS (SELECT FROM calendar WHERE organization_id = $1)
  ON CONFLICT (organization_id) DO UPDATE SET content = excluded.content, version = excluded.version, set_at = excluded.set_at,
    set_by_org = excluded.set_by_org, set_by_client = excluded.set_by_client, applied = false
  WHERE calendar.content IS DISTINCT FROM excluded.content
  RETURNING 1`;

/** A calendar that not every open loop is known to go by. */
export interface CalendarToApply {
  readonly organizationId: string;
  readonly version: number;
  readonly setAt: Date;
}

export async function calendarsToApply(sql: Sql): Promise<CalendarToApply[]> {
  return sql.query<CalendarToApply>(
    `SELECT organization_id AS "organizationId", version, set_at AS "setAt" FROM calendar WHERE NOT applied ORDER BY version LIMIT 100`,
  );
}

/** All open loops go by a calendar, unless it was changed meanwhile. */
export async function markApplied(sql: Sql, { organizationId, version }: CalendarToApply): Promise<void> {
  await sql.query('UPDATE calendar SET applied = true WHERE organization_id = $1 AND version = $2', [
    organizationId,
    version,
  ]);
}
