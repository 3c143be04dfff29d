import type { Sql } from '../../db/database.ts';
import { type RowBuffer, RowsRefused, type RowWriter } from '../../db/row-writer.ts';
import { type Caller, visibleTo } from '../caller.ts';

/** Where a resource is: its type and id. */
export interface Address {
  readonly type: string;
  readonly id: string;
}

/** An address as it is written: `Type/id`. */
export function keyOf(type: string, id: string): string {
  return `${type}/${id}`;
}

/** Has the statement that writes find out whether resources exist for the caller: it is refused when one does not. */
export function addRequired(rows: RowBuffer, caller: Caller, addresses: Iterable<Address>): void {
  const writer = existingWithin(visibleTo(caller, 'resource', 'r.caller'));
  for (const { type, id } of addresses) rows.add(writer, { type, id, caller: caller.organizationId });
}

/** Whether a flush failed because something required does not exist. */
export function isMissing(thrown: unknown): boolean {
  return thrown instanceof RowsRefused && thrown.writer === EXISTING;
}

/** Which of these resources do not exist for the caller (`Type/id`); one query for all. */
export async function missingOf(
  sql: Sql,
  caller: Caller,
  references: readonly Address[],
): Promise<ReadonlySet<string>> {
  if (references.length === 0) return new Set();
  const wanted = new Set(references.map(({ type, id }) => keyOf(type, id)));
  const rows = await sql.query<Address>(
    `SELECT type, id FROM resource JOIN unnest($1::text[], $2::text[]) AS wanted(type, id) USING (type, id)
     WHERE NOT deleted AND ${visibleTo(caller)}`,
    [references.map(({ type }) => type), references.map(({ id }) => id)],
  );
  for (const { type, id } of rows) wanted.delete(keyOf(type, id));
  return wanted;
}

const EXISTING = 'existing';

type Existing = RowWriter<Address & { caller: string }>;

/** By the clause that says what a caller sees: there are few, but for those that a client's own record has. */
const existing = new Map<string, Existing>();
const MOST_KEPT = 100;

function existingWithin(clause: string): Existing {
  const known = existing.get(clause) ?? existingFor(clause);
  if (existing.size < MOST_KEPT) existing.set(clause, known);
  return known;
}

/**
 * Writes nothing: finds what must be there. What nobody has taken since it was written as it stands (`xmax`) is not taken here either, which
 * would write to it: who deletes it waits for all who write already (`deletionKeepsReferences`). Else it is kept from being deleted before what
 * refers to it is written.
 * @see https://www.postgresql.org/docs/15/ddl-system-columns.html
 */
function existingFor(clause: string): Existing {
  const isThere = `NOT resource.deleted AND ${clause} FROM resource WHERE resource.type = r.type AND resource.id = r.id`;
  return {
    name: EXISTING,
    columns: { type: 'text', id: 'text', caller: 'text' },
    mustAffectEach: true,
    statement: (rows) =>
      // A sub-select for each, not a join: the planner cannot know that there are few, and would read the whole table.
      `SELECT 1 FROM ${rows} WHERE CASE
        WHEN (SELECT resource.xmax = '0'::xid AND ${isThere}) THEN true
        ELSE (SELECT ${isThere} FOR KEY SHARE OF resource) END`,
  };
}

/** What a transaction requires to be there. */
export interface Required {
  readonly wanted: readonly Address[];
  readonly refuse: (missing: ReadonlySet<string>) => void;
}
