import { AppError } from '../../errors.ts';

/** The audit is kept apart from the store, and searched by itself. */
export const APART = 'AuditEvent';

/**
 * Refuses a search of the store that names the audit: it would find nothing of what is there.
 * @param types what was named, e.g. by `_type`
 * @throws AppError (400) that says where the audit is searched
 */
export function refuseApart(...types: readonly (string | undefined)[]): void {
  if (!types.includes(APART)) return;
  const text =
    'The audit is kept apart from other resources, and searched by itself only: ask at AuditEvent, or at Patient/id/AuditEvent for what concerns a patient.';
  throw new AppError('invalid', 'search.apart', text);
}
