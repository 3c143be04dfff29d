import type { Caller } from '../../caller.ts';
import { purposeOf } from './new-entry.ts';

/** What entries of reads say of who reads. */
export const READER_COLUMNS = {
  organization_id: 'text',
  client_id: 'text',
  purpose: 'text',
  person_id: 'text',
  person_roles: 'text',
  break_glass: 'text',
} as const;

export type Reader = Readonly<Record<keyof typeof READER_COLUMNS, string | undefined>>;

export function readerOf({ organizationId, clientId, personId, roles, breakGlassId }: Caller): Reader {
  return {
    organization_id: organizationId,
    client_id: clientId,
    purpose: purposeOf(breakGlassId),
    person_id: personId,
    person_roles: roles?.join(' '),
    break_glass: breakGlassId,
  };
}

const READER = Object.keys(READER_COLUMNS).join(', ');

/**
 * Keeps the entries of reads in the statement that answers them, where it is known whose record each answer is in: of
 * the rows of `found`, which have the columns above, type, id and request of what is asked, version, deleted and patient of
 * the answer, and `at`, the time.
 * @param flushes whether they wait for the disk; see ADR 0020
 */
export function insertReadEntries(flushes: boolean): string {
  const how = flushes ? '' : `CROSS JOIN (SELECT set_config('synchronous_commit', 'off', true)) AS how`;
  return `INSERT INTO audit (action, interaction, resource_type, resource_id, version, patient, recorded_at, request_id, ${READER})
    SELECT 'R', 'read', type, id, version, nullif(patient, ''), at, request, ${READER}
    FROM found ${how} WHERE NOT deleted AND patient IS NOT NULL`;
}
