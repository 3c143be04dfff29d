import type { Caller } from '../../caller.ts';
import { entryRow } from './new-entry.ts';

/** What of the entry of a read is known before it is answered. */
export const READ_ENTRY_COLUMNS = {
  organization_id: 'text',
  recorded_at: 'timestamptz',
  client_id: 'text',
  request_id: 'text',
  purpose: 'text',
  person_id: 'text',
  person_roles: 'text',
  break_glass: 'text',
} as const;

export type ReadEntry = Readonly<Record<keyof typeof READ_ENTRY_COLUMNS, string | undefined>>;

/** What is known of the entry of a read before it is answered. Pure. */
export function readEntry(caller: Caller, now: Date): ReadEntry {
  const { organization_id, client_id, request_id, purpose, person_id, person_roles, break_glass } = entryRow(
    caller,
    READ,
  );
  const recorded_at = now.toISOString();
  return { organization_id, recorded_at, client_id, request_id, purpose, person_id, person_roles, break_glass };
}

const READ = { action: 'R', interaction: 'read' } as const;

const KNOWN = Object.keys(READ_ENTRY_COLUMNS).join(', ');

/**
 * Keeps the entries of reads in the statement that answers them, where it is known whose record each answer is in: of
 * the rows of `found`, which have the columns above, and type, id, version, deleted and patient of the answer.
 * @param flushes whether they wait for the disk; see ADR 0020
 */
export function insertReadEntries(flushes: boolean): string {
  const how = flushes ? '' : `CROSS JOIN (SELECT set_config('synchronous_commit', 'off', true)) AS how`;
  return `INSERT INTO audit (action, interaction, resource_type, resource_id, version, patient, ${KNOWN})
    SELECT '${READ.action}', '${READ.interaction}', type, id, version, nullif(patient, ''), ${KNOWN}
    FROM found ${how} WHERE NOT deleted AND patient IS NOT NULL`;
}
