import type { Database, Sql } from '../../../db/database.ts';
import type { RowWriter } from '../../../db/row-writer.ts';
import type { Caller, Door } from '../../caller.ts';

/** What an entry says beside who: of what is read, refused or disclosed. What was written is recorded by the store. */
export interface NewEntry {
  readonly action: 'C' | 'R' | 'U' | 'D' | 'E';
  /** A code of http://hl7.org/fhir/restful-interaction, or `disclosure`. */
  readonly interaction: string;
  readonly resource_type?: string | undefined;
  readonly resource_id?: string | undefined;
  readonly version?: number | undefined;
  readonly patient?: string | undefined;
  /** An address with the names of its parameters, or the name of an operation; never a value. */
  readonly query?: string | undefined;
  /** The code of the error it was refused with. */
  readonly refusal?: string | undefined;
  readonly recipient?: string | undefined;
  readonly purpose?: string | undefined;
  readonly basis?: string | undefined;
  /** Of what concerns an account: the id of the person. */
  readonly about_person?: string | undefined;
  /** Of what concerns a program: its id. */
  readonly about_client?: string | undefined;
  /** Of what concerns an emergency access: its id. What is read under one is given it. */
  readonly break_glass?: string | undefined;
}

interface Who {
  readonly organization_id: string;
  readonly client_id?: string | undefined;
  readonly request_id?: string | undefined;
  readonly person_id?: string | undefined;
  readonly person_roles?: string | undefined;
  readonly door?: Door | undefined;
}

type EntryRow = NewEntry & Who;

const COLUMNS = {
  action: 'text',
  interaction: 'text',
  organization_id: 'text',
  client_id: 'text',
  request_id: 'text',
  resource_type: 'text',
  resource_id: 'text',
  version: 'int',
  patient: 'text',
  query: 'text',
  refusal: 'text',
  recipient: 'text',
  purpose: 'text',
  basis: 'text',
  person_id: 'text',
  person_roles: 'text',
  about_person: 'text',
  about_client: 'text',
  break_glass: 'text',
  door: 'text',
} as const;

const NAMES = Object.keys(COLUMNS).join(', ');

/** Writes an entry in a transaction that writes more. */
export const entries: RowWriter<EntryRow & { recorded_at: string }> = {
  name: 'audit_entry',
  columns: { recorded_at: 'timestamptz', ...COLUMNS },
  statement: (rows) => `INSERT INTO audit (recorded_at, ${NAMES}) SELECT recorded_at, ${NAMES} FROM ${rows}`,
};

export function entryRow(caller: Caller, entry: NewEntry): EntryRow {
  const { organizationId, clientId, requestId, personId, roles, breakGlassId, door } = caller;
  return {
    ...entry,
    purpose: entry.purpose ?? purposeOf(breakGlassId),
    break_glass: entry.break_glass ?? breakGlassId,
    organization_id: organizationId,
    client_id: clientId,
    request_id: requestId,
    person_id: personId,
    person_roles: roles?.join(' '),
    door,
  };
}

/** What for, where it is not said. @see https://terminology.hl7.org/ValueSet-v3-PurposeOfUse.html */
export function purposeOf(breakGlassId: string | undefined): string | undefined {
  return breakGlassId === undefined ? undefined : 'BTG';
}

const COLUMN_LIST = Object.entries(COLUMNS)
  .map((column) => column.join(' '))
  .join(', ');
// As JSON: for rows of many columns that are mostly empty it costs least, here and there.
const INSERT = `INSERT INTO audit (recorded_at, ${NAMES})
  SELECT $1::timestamptz, ${NAMES} FROM json_to_recordset($2::json) AS r(${COLUMN_LIST})`;

// Committed, and on the disk within a second: see ADR 0020.
const INSERT_UNFLUSHED = `WITH how AS MATERIALIZED (SELECT set_config('synchronous_commit', 'off', true) AS setting)
  ${INSERT} CROSS JOIN how WHERE setting IS NOT NULL`;

/** Keeps entries in a transaction that does more. */
export async function recordIn(sql: Sql, caller: Caller, now: Date, said: readonly NewEntry[]): Promise<void> {
  await sql.query(INSERT, [now, JSON.stringify(said.map((entry) => entryRow(caller, entry)))]);
}

/** Keeps entries for what a caller does; resolves when they are committed. */
export type Recorder = (caller: Caller, entries: readonly NewEntry[]) => Promise<void>;

/**
 * Gathers the entries of requests that come together into one statement: the next is sent when the one before has been
 * committed, with all that came in the meantime. Under load that is a commit for some tens of requests.
 * @param flushes whether each of them waits for the disk
 */
export function openRecorder(db: Database, now: () => Date, flushes: boolean): Recorder {
  const statement = flushes ? INSERT : INSERT_UNFLUSHED;
  let gathered: EntryRow[] = [];
  let next: Promise<void> | undefined;
  let last: Promise<unknown> = Promise.resolve();
  const write = async (): Promise<void> => {
    await last.catch(() => undefined);
    const rows = gathered;
    gathered = [];
    next = undefined;
    last = db.query(statement, [now(), JSON.stringify(rows)], { brief: true });
    await last;
  };
  return async (caller, said) => {
    if (said.length === 0) return;
    for (const entry of said) gathered.push(entryRow(caller, entry));
    next ??= write();
    await next;
  };
}
