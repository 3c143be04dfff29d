import type { Sql } from '../../db/database.ts';
import { type RowBuffer, RowsRefused, type RowWriter } from '../../db/row-writer.ts';
import { type Caller, visibleTo } from '../caller.ts';
import { PROTECTION_WORKER, seesRestricted } from '../sharing/restricted.ts';

/** Where a resource is: its type and id. */
export interface Address {
  readonly type: string;
  readonly id: string;
}

/** An address as it is written: `Type/id`. */
export function keyOf(type: string, id: string): string {
  return `${type}/${id}`;
}

/** Has the statement that writes find out whether a resource exists for the caller: it is refused when it does not. */
export function addRequired(rows: RowBuffer, caller: Caller, address: Address): void {
  rows.add(existing[seesRestricted(caller) ? 'all' : 'open'][caller.kind], {
    ...address,
    caller: caller.organizationId,
  });
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

/** Writes nothing: finds what must be there. */
function existingFor(kind: Caller['kind'], isShownAll: boolean): RowWriter<Address & { caller: string }> {
  const roles: Pick<Caller, 'roles'> = { roles: isShownAll ? [PROTECTION_WORKER] : [] };
  return {
    name: EXISTING,
    columns: { type: 'text', id: 'text', caller: 'text' },
    mustAffectEach: true,
    statement: (rows) =>
      // A sub-select for each, not a join: the planner cannot know that there are few, and would read the whole table.
      `SELECT 1 FROM ${rows} WHERE (SELECT NOT resource.deleted AND ${visibleTo({ kind, organizationId: '', ...roles }, 'resource', 'r.caller')}
        FROM resource WHERE resource.type = r.type AND resource.id = r.id)`,
  };
}

/** By whether what is restricted to a role is shown, and who asks. */
const existing = { all: existingToEach(true), open: existingToEach(false) };

function existingToEach(isShownAll: boolean): Readonly<Record<Caller['kind'], ReturnType<typeof existingFor>>> {
  return {
    client: existingFor('client', isShownAll),
    operator: existingFor('operator', isShownAll),
    hub: existingFor('hub', isShownAll),
  };
}
